// Entities are found in questions of scripts without spaces, in every engine alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesForThisFile } from "./support/page.mjs";

const { inPage } = pagesForThisFile();

// A question, the entity that stands in it, and one that does not.
const CASES = [
  ["สถานะการศึกษาเป็นอย่างไร", "การศึกษา", "ป็น"],
  ["บริษัทGoogleในประเทศไทยปี๒๕๖๗", "ประเทศไทย", "๒๕"],
  ["ราคาน\u0e49\u0e4d\u0e32มันวันนี้", "น้ำมัน", "คาน"],
  ["ສະຖານະການສຶກສາເປັນແນວໃດ", "ການສຶກສາ", "ສຶກສ"],
  ["ຄຸນນະພາບນ້ຳໃນນະຄອນຫຼວງວຽງຈັນ", "ນ້ຳ", "ຽງ"],
  ["ស្ថានភាពនៃការអប់រំយ៉ាងដូចម្តេច", "ការអប់រំ", "ថានភាព"],
  ["តើការ\u200bអប់រំនៅកម្ពុជាយ៉ាងណា", "ការអប់រំ", "ពុជា"],
  ["ပညာရေးအခြေအနေဘယ်လိုလဲ", "ပညာရေး", "ဘယ"],
  ["မြန်မာနိုင်ငံ၏တက္ကသိုလ်များ", "တက္ကသိုလ်", "ကသိုလ်"],
  ["སློབ་གསོའི་གནས་ཚུལ་ག་འདྲ་རེད།", "སློབ་གསོ་", "ལོབ"],
  ["བོད་ཀྱི་རིག་གནས།", "རིག་གནས", "རི"],
  ["教育の状況はどうですか", "教育", "教科"],
];

test("entities are found in Thai, Lao, Khmer, Burmese, Tibetan and Japanese, and parts of syllables are not", async () => {
  const found = await inPage(async (cases) => {
    const { memory, id } = await openConversation();
    const ids = [];
    for (const [, ...entities] of cases) {
      for (const entity of entities) {
        const metadata = { entities: [entity] };
        ids.push((await memory.addMessage(id, { role: "assistant", content: `about ${entity}`, metadata })).id);
      }
    }
    await memory.addMessages(id, numbered(20));
    const found = [];
    for (const [question] of cases) {
      const { pastResults } = await memory.buildPrompt(id, question, { recallLimit: 100, maxMessages: 5 });
      found.push(pastResults.map(({ messageId }) => ids.indexOf(messageId)).sort((one, other) => one - other));
    }
    return found;
  }, CASES);
  for (const [place, [question, entity, other]] of CASES.entries()) {
    const entities = CASES.flatMap(([, ...each]) => each);
    const names = found[place].map((index) => entities[index]);
    assert.ok(names.includes(entity), `${entity} is not found in ${question}, but ${names}`);
    assert.ok(!names.includes(other), `${other} is found in ${question}`);
  }
});
