// The API reference: of every entry point that package.json exports, from the comments of the TypeScript; and of the crate.

import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Failure } from "../scripts/lib/log.mjs";
import { root } from "../scripts/lib/root.mjs";
import { answerOf, run } from "../scripts/lib/run.mjs";

/** What public declarations name and readers see through: what is in it is told where it is used. */
const INSIDE = ["AnyManager", "Code", "Failure", "JsonObjectOf", "Manager", "PastResult", "Progress"];

/** What is said elsewhere: of layers in `Layers`, of an error's code in `MemoryErrorCode`; of a type of wasm-bindgen in `init`. */
const WITHOUT_COMMENT = [
  "conversation-memory.FilePart.__type.type",
  ...["understandIntent", "retrieveData", "analyzeData", "generateVisualization"].map((layer) => `conversation-memory.AgentOptions.layers.__type.${layer}`),
  "conversation-memory.OfflineError.__type.code",
  "conversation-memory/slim.InitInput",
];

/** What the list of pages has of an entry point. */
const CALLED = ["Class", "Function", "Variable"];

/** How pages are written: by typedoc, and by its plugin for Markdown. */
const LAYOUT = {
  ...{ excludePrivate: true, excludeProtected: true, excludeInternal: true, excludeExternals: true, excludeReferences: true },
  ...{ disableSources: true, githubPages: false, sort: ["source-order"] },
  ...{ entryFileName: "index", hidePageHeader: true, hideBreadcrumbs: true, useCodeBlocks: true, pageTitleTemplates: { member: ({ rawName }) => rawName.replace(/<.*/, "") } },
  ...{ parametersFormat: "table", indexFormat: "table", expandParameters: true },
};

/** Every public name has a comment, every link in one leads somewhere, and every type that is named is there. */
const VALIDATION = {
  validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: true },
  treatValidationWarningsAsErrors: true,
  intentionallyNotExported: INSIDE,
  intentionallyNotDocumented: WITHOUT_COMMENT,
};

/** Writes the pages into `target`, with the list of them in entries.json. Fails when a public name has no comment. */
export async function typeScriptReference(target) {
  const { Application, LogLevel, PageEvent, ReflectionKind } = await import("typedoc"); // not there before it is installed
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const names = Object.keys(exports).filter((path) => exports[path].types);
  const sources = names.map((path) => join(root, exports[path].types.replace("./dist/", "js/").replace(".d.ts", ".ts")));
  const app = await Application.bootstrapWithPlugins({
    ...{ plugin: ["typedoc-plugin-markdown"], entryPoints: sources, tsconfig: join(root, "tsconfig.json"), name: "API reference" },
    ...{ readme: "none", out: target, logLevel: LogLevel.Warn, ...LAYOUT, ...VALIDATION },
  });
  const project = await app.convert();
  if (!project) throw new Failure("typedoc could not read the TypeScript.");
  const placeOf = (module) => sources.findIndex((file) => basename(file, ".ts") === module.name);
  project.children.sort((one, other) => placeOf(one) - placeOf(other));
  for (const [index, module] of project.children.entries()) await describe(module, names[index], sources[index]);
  for (const reflection of Object.values(project.reflections)) tidy(reflection);
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Failure("The comments of the TypeScript are not complete, see above.");
  const addresses = new Map();
  app.renderer.on(PageEvent.END, ({ url, model }) => addresses.set(model, url.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, "")));
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Failure("typedoc could not write the API reference.");
  const entries = project.children.map((module) => {
    // Types are on the page of their entry point, and where they are used: every page of the site has this list.
    const members = (module.children ?? []).filter((child) => child.kindOf(CALLED.map((kind) => ReflectionKind[kind])) && addresses.has(child)).sort(byName);
    return { name: module.name, about: textOf(module), page: addresses.get(module), members: members.map((child) => ({ name: child.name, page: addresses.get(child) })) };
  });
  await writeFile(join(target, "entries.json"), JSON.stringify(entries, null, 2));
  const rows = entries.map(({ name, about, page }) => `| [${name}](${page}index.md) | ${about.replaceAll("\n", " ")} |`);
  const rust = "The crate itself is described by <a href='../rust/conversation_memory/index.html' target='_self'>rustdoc</a>.";
  await writeFile(join(target, "index.md"), `# API reference\n\nEvery export, by entry point.\n\n| import | |\n|---|---|\n${rows.join("\n")}\n\n${rust}\n`);
}

/** A module is called what users import; what it is for, the first lines of its file say. */
async function describe(module, path, file) {
  const { Comment } = await import("typedoc");
  module.name = path.replace(/^\./, "conversation-memory");
  const [, head] = /^((?:\/\/.*\n)+)/m.exec(await readFile(file, "utf8")) ?? [];
  const text = head?.replaceAll(/^\/\/ ?/gm, "").trim() ?? "";
  const exportsAll = /^export (type )?\* from/m.test(await readFile(file, "utf8"));
  const also = exportsAll && path !== "." ? " What is not here is that of `conversation-memory`." : "";
  module.comment = new Comment([{ kind: "text", text: text + also }]);
  for (const group of module.groups ?? []) group.children.sort(byName);
}

/** All that a call may throw becomes one list; what a class inherits is told as its own. */
function tidy(reflection) {
  delete reflection.inheritedFrom;
  if (reflection.extendedTypes?.every(({ name }) => INSIDE.includes(name))) {
    delete reflection.extendedTypes;
    delete reflection.typeHierarchy;
  }
  // Of several signatures the one with the words comes first.
  const isRepeated = ({ comment }) => /^The same/.test(comment?.summary[0]?.text ?? "");
  reflection.signatures?.sort((one, other) => isRepeated(one) - isRepeated(other));
  const { comment } = reflection;
  const thrown = comment?.blockTags.filter(({ tag }) => tag === "@throws") ?? [];
  if (thrown.length < 2) return;
  const [first] = thrown;
  first.content = thrown.flatMap(({ content }) => [{ kind: "text", text: "\n- " }, ...content.map(indented), { kind: "text", text: "\n" }]);
  comment.blockTags = comment.blockTags.filter((tag) => tag === first || tag.tag !== "@throws");
}

const indented = (part) => (part.kind === "text" ? { ...part, text: part.text.replaceAll("\n", "\n  ") } : part);

const textOf = ({ comment }) => comment?.summary.map(({ text }) => text).join("") ?? "";

const byName = (one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1);

/** Copies what rustdoc makes of the crate into `target`, as a user of the crate sees it. Fails when it warns. */
export async function rustReference(target) {
  await run("cargo", ["doc", "--no-deps", "--quiet"], { env: { RUSTDOCFLAGS: `${process.env.RUSTDOCFLAGS ?? ""} -D warnings`.trim() } });
  const metadata = await answerOf("cargo", ["metadata", "--format-version", "1", "--no-deps"]);
  await cp(join(JSON.parse(metadata).target_directory, "doc"), target, { recursive: true });
}
