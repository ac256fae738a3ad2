// Collects what a page must never show, for the engines whose driver does not tell of it.
globalThis.problems = [];
addEventListener("error", ({ message }) => problems.push(`uncaught: ${message}`));
addEventListener("unhandledrejection", ({ reason }) => problems.push(`uncaught: ${reason?.message ?? reason}`));
const { error: print } = console;
console.error = (...parts) => {
  problems.push(`console: ${parts.join(" ")}`);
  print.apply(console, parts);
};
