// Times as people read them.
import { element } from "./dom.js";

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** "now", "5 min. ago", "yesterday". */
function relativeTime(iso, now = Date.now()) {
  const seconds = (Date.parse(iso) - now) / 1000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  return unit ? words.format(Math.trunc(seconds / unit[1]), unit[0]) : "now";
}

/** An element that shows a time; its tooltip is the full local date and time. */
export const timeElement = (iso) =>
  element("time", { datetime: iso, title: new Date(iso).toLocaleString("en") }, relativeTime(iso));

/** "now" does not stay true: the page's times are renewed each minute. */
export function renewTimes() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time")) time.textContent = relativeTime(time.dateTime);
  }, 60_000);
}
