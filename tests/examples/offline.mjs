// The example that works without a network, really without one: no server, and a browser that knows that it is offline.

import assert from "node:assert/strict";
import { Player } from "./play.mjs";

/** `server.stop()` and `server.start()` end it and bring it back under the same address; `release()` serves a newer version. */
export async function playOffline(page, server) {
  const player = new Player(page);
  const context = page.context();
  const first = await player.words();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await assertInstallable(page);

  await context.setOffline(true);
  await server.stop();
  await page.reload();
  await player.until((words) => words.join() === first.join(), "there without a network");
  await page.getByText("There is no network.").waitFor();

  await player.press("New chat");
  await player.ask("Who waits?");
  await page.getByText("Waits for the network").waitFor();
  await player.ask("And this one?");
  await page.getByText("Waits for the network").nth(1).waitFor();
  await player.press("Cancel", { nth: 1 });
  await page.getByText("Waits for the network").nth(1).waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("Waits for the network").waitFor();

  await server.start();
  await context.setOffline(false);
  const words = await player.until((words) => words.some((text) => /You asked: “Who waits\?”.*hear more\.$/.test(text)), "answered when the network is back");
  assert.equal(words.filter((text) => text.startsWith("You asked")).length, 1, "what was cancelled is not answered");
  await page.getByText("There is no network.").waitFor({ state: "hidden" });

  await server.release();
  await page.reload();
  await page.getByText("There is a new version.").waitFor();
  assert.equal(await page.getByRole("heading", { name: "Newer chats" }).count(), 0, "an open page keeps its version");
  await player.press("Reload");
  await page.getByRole("heading", { name: "Newer chats" }).waitFor();
  await player.until((others) => others.join() === words.join(), "there in the new version");
}

/** The page opens without its server, of which no cache of the browser has kept anything. */
export async function playReloaded(page, server) {
  const player = new Player(page);
  const first = await player.words();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await server.stop();
  await page.reload();
  await player.until((words) => words.length > 0 && words.join() === first.join(), "there without the server");
  await server.start();
}

/** What the browser has against putting it on the home screen. */
async function assertInstallable(page) {
  const devTools = await page.context().newCDPSession(page);
  const { errors } = await devTools.send("Page.getAppManifest");
  const { installabilityErrors } = await devTools.send("Page.getInstallabilityErrors");
  await devTools.detach();
  // Of the profile that tests use, not of the application.
  const own = installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito");
  assert.deepEqual([errors, own], [[], []]);
}
