// A disk that is full: what is refused, what still works, and that it goes on when there is room again.
import { startBrowser, withPlace } from "./browser.mjs";
import { faultsOf } from "./integrity.mjs";

const ROOM = 6_000_000;
/** When it is full it is so by far, or else the browser would make room by tidying up. */
const LESS = 4_500_000;

/** Goes through all cases: `{ version, cases: [{ name, fault? }] }`. */
export async function fillDisk({ folder, sqlite }) {
  return withPlace({ folder, sqlite }, async (place) => {
    const browser = await startBrowser(place);
    try {
      const page = await browser.newPage("full");
      const devTools = await page.context().newCDPSession(page);
      const origin = new URL(place.origin).origin;
      const setRoom = (bytes) => devTools.send("Storage.overrideQuotaForOrigin", { origin, ...(bytes !== undefined && { quotaSize: bytes }) });
      return { version: browser.version, cases: await casesOf(page, setRoom) };
    } finally {
      await browser.close();
    }
  });
}

async function casesOf(page, setRoom) {
  const cases = [];
  const add = (name, fault) => cases.push({ name, fault: fault ?? undefined });
  // Before the first write: the browser asks for the room that is left only now and then.
  await setRoom(ROOM);
  const written = await page.evaluate(() => full.fill());
  add("it fills up", written < 5_000 ? undefined : "there was always room");
  await setRoom(LESS);
  await page.evaluate(() => full.settle());
  for (const { name, fault } of await page.evaluate(() => full.whenFull())) add(`full: ${name}`, fault);
  for (const { name, fault } of await page.evaluate(() => full.whenFreed())) add(`freed: ${name}`, fault);
  add("freed: all of the import is there", await page.evaluate(() => full.compare()));

  add("an answer for which there is no room", await page.evaluate(() => full.largeAnswer()));

  const { records } = await page.evaluate(() => look("full"));
  const titled = new Set(records.conversations.filter(({ title }) => title === "From a file").map(({ id }) => id));
  add("nothing half is there", faultsOf(records, { titled }).join("; ") || undefined);
  await setRoom(1_000);
  add("full: forgetting everything", await page.evaluate(() => full.forget()));
  await setRoom();
  return cases;
}
