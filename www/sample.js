// A conversation written for this page, to have something to look at, and the figures of the demonstration model. Every
// one of them is invented.

export const YEARS = [2022, 2023, 2024, 2025];
export const HEALTH = {
  Education: [61, 64, 70, 74],
  Healthcare: [72, 69, 71, 77],
  Finance: [68, 74, 73, 79],
  Energy: [55, 58, 66, 63],
};
export const SECTORS = Object.keys(HEALTH);
const UNIT = "health index, 0 to 100";

const figure = (sector, year) => HEALTH[sector][YEARS.indexOf(year)];
const overYears = (sector) => ({ title: `${sector}, sample data`, unit: UNIT, labels: YEARS.map(String), values: HEALTH[sector] });
const inYear = (year) => ({
  title: `All sectors in ${year}, sample data`, unit: UNIT, labels: SECTORS, values: SECTORS.map((sector) => figure(sector, year)),
});
const dimension = (sector, year) => ({ name: sector, year, health: figure(sector, year) });

/** What one question and its answer store: two messages, and the chart under the answer when there is one. */
const turn = (question, answer, { entities, dimensions, chart }) => ({
  messages: [
    { role: "user", content: question, metadata: { entities } },
    { role: "assistant", content: answer, metadata: { entities, dimensions, source: "sample" } },
  ],
  chart,
});

export const SAMPLE = {
  title: "Sample: sector health by year (invented figures)",
  persona: "transformation_analyst",
  turns: [
    {
      messages: [{
        role: "system",
        content: "Sample data: the sectors' figures in this conversation are invented and say nothing about any real sector.",
        metadata: { source: "sample" },
      }],
    },
    turn(
      "How healthy is Education in 2025?",
      `Education stands at ${figure("Education", 2025)} of 100 in 2025, up from ${figure("Education", 2024)} in 2024. It has risen every year since 2022.`,
      { entities: ["Education", "2025"], dimensions: [dimension("Education", 2025), dimension("Education", 2024)], chart: overYears("Education") },
    ),
    turn(
      "And Healthcare?",
      `Healthcare is at ${figure("Healthcare", 2025)} in 2025. It dipped to ${figure("Healthcare", 2023)} in 2023 and has recovered since.`,
      { entities: ["Healthcare", "2023", "2025"], dimensions: [dimension("Healthcare", 2023), dimension("Healthcare", 2025)], chart: overYears("Healthcare") },
    ),
    turn(
      "Show me Finance over all four years.",
      `Finance went from ${figure("Finance", 2022)} in 2022 to ${figure("Finance", 2025)} in 2025, with a small step back in 2024 (${figure("Finance", 2024)}).`,
      { entities: ["Finance", "2022", "2023", "2024", "2025"], dimensions: YEARS.map((year) => dimension("Finance", year)), chart: overYears("Finance") },
    ),
    turn(
      "What happened to Energy between 2024 and 2025?",
      `Energy is the only sector that fell: from ${figure("Energy", 2024)} in 2024 to ${figure("Energy", 2025)} in 2025.`,
      { entities: ["Energy", "2024", "2025"], dimensions: [dimension("Energy", 2024), dimension("Energy", 2025)], chart: overYears("Energy") },
    ),
    turn(
      "Which of Education and Finance grew more since 2022?",
      `Education: plus ${figure("Education", 2025) - figure("Education", 2022)} points since 2022. Finance: plus ${figure("Finance", 2025) - figure("Finance", 2022)}.`,
      { entities: { sectors: ["Education", "Finance"], since: "2022" }, dimensions: [dimension("Education", 2025), dimension("Finance", 2025)] },
    ),
    turn(
      "Compare all sectors in 2025.",
      `In 2025 Finance leads with ${figure("Finance", 2025)}, then Healthcare with ${figure("Healthcare", 2025)}, Education with ${figure("Education", 2025)} and Energy with ${figure("Energy", 2025)}.`,
      { entities: ["2025"], dimensions: SECTORS.map((sector) => dimension(sector, 2025)), chart: inYear(2025) },
    ),
  ],
};
