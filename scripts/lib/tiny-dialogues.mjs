// Files of the Schema-Guided Dialogue format as small as can be.

/** Two dialogues of the format, made here; `broken` spoils the second. */
export function tinyFile(broken) {
  const turn = (speaker, utterance, ...values) => ({
    speaker, utterance, frames: [{ service: "Trains_1", slots: [], actions: [{ act: "INFORM", slot: "station", values, canonical_values: values }] }],
  });
  return JSON.stringify(["tiny_1", "tiny_2"].map((id, index) => ({
    dialogue_id: id, services: ["Trains_1"],
    turns: [turn(broken && index === 1 ? "ROBOT" : "USER", "A train to Ghent.", "Ghent"), turn("SYSTEM", "The next train to Ghent leaves at nine.", "Ghent", "09:00")],
  })));
}

/** A content as a file input takes it. */
export const asFile = (content) => ({ name: "dialogues.json", mimeType: "application/json", buffer: Buffer.from(content) });
