// What no test runs of README.md and docs/ is compiled: blocks of JavaScript and TypeScript that show a part of an application.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/lib/root.mjs";
import { adapterPages, blocksOf, pages } from "./support/documents.mjs";
import { packageFolder } from "./support/package.mjs";

const LANGUAGES = ["js", "jsx", "ts", "tsx"];

/** The parts of an application that blocks name and do not show. */
const AROUND = `
import type * as package from "conversation-memory";
declare global {
  const ConversationManager: typeof package.ConversationManager;
  const MemoryChatMessageHistory: typeof import("conversation-memory/langchain").MemoryChatMessageHistory;
  const MemorySession: typeof import("conversation-memory/openai-agents").MemorySession;
  const memoryPersistence: typeof import("conversation-memory/tanstack-ai").memoryPersistence;
  const indexedDBPersistence: typeof import("@tanstack/ai-client").indexedDBPersistence;
  const memory: package.ConversationManager;
  const manager: package.ConversationManager;
  const id: string;
  const conversationId: string;
  const threadId: string;
  const attachment: string;
  const apiKey: string;
  const message: package.ThreadMessage;
  const languageModel: import("ai").LanguageModel;
  const messages: any;
  const adapter: any;
  const session: any;
  const process: { env: Record<string, string> };
  function vectorOf(text: string): Float32Array;
  function switchBranch(id: string): void;
  const ask: import("conversation-memory/react").Turn["ask"];
  function isSignedIn(request: Request): Promise<boolean>;
  interface RequestInit { duplex?: "half" } // which browsers and servers know, and TypeScript does not
}
`;

const STRICT_APP = { strict: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true };

/** Packages that are not installed here, and a file of the application that blocks name. */
const MISSING = `
declare module "@tanstack/ai-memory" { export function memoryMiddleware(options: unknown): any; }
declare module "next/dynamic" { export default function dynamic(load: () => Promise<{ default: () => any }>, options: { ssr: boolean }): () => any; }
declare module "react-dom/client" { export function createRoot(element: Element): { render(shown: import("react").ReactNode): void }; }
declare module "*/model" { export const model: import("conversation-memory").LanguageModel; }
declare module "*/Memory" { export function Memory(props: { children: import("react").ReactNode }): any; }
declare module "*/App" { export default function App(): any; }
declare module "*/chat" { export default function Chat(): any; }
`;

const blocks = [...pages, ...adapterPages].flatMap(blocksOf).filter(({ language, info }) => LANGUAGES.includes(language) && info === "");
/** Whole files in TypeScript, also those that a test runs: as `create-next-app` sets TypeScript up. */
const strict = [...pages, ...adapterPages].flatMap(blocksOf).filter(({ language }) => language === "tsx");
const STRICT = { target: "es2017", lib: ["dom", "dom.iterable", "esnext"], strict: true, isolatedModules: true };
const folder = await mkdtemp(join(packageFolder, "documents-test-"));
after(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says of blocks, each in a file of its own. */
async function complaints(blocks, options = {}) {
  const nodeModules = (name) => [join(root, "node_modules", name)];
  const compilerOptions = {
    ...{ target: "es2022", module: "preserve", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable"], types: [] },
    ...{ allowJs: true, checkJs: true, strict: false, skipLibCheck: true, noEmit: true, jsx: "react-jsx" },
    ...options,
    paths: {
      ...{ react: nodeModules("@types/react"), "react/jsx-runtime": nodeModules("@types/react/jsx-runtime") },
      "@assistant-ui/core/react": nodeModules("@assistant-ui/core/dist/react"),
      "/node_modules/*": [join(packageFolder, "node_modules", "*")],
      ...Object.fromEntries(["ai", "@ai-sdk/react", "@assistant-ui/react", "@langchain/core", "@openai/agents", "@tanstack/ai", "@tanstack/ai-client"].flatMap((name) => [[name, nodeModules(name)], [`${name}/*`, nodeModules(`${name}/*`)]])),
    },
  };
  const files = blocks.map(({ language }, index) => `block-${index}.${language}`);
  for (const [index, { source }] of blocks.entries()) await writeFile(join(folder, files[index]), `${source}\nexport {};\n`);
  await writeFile(join(folder, "around.d.ts"), AROUND);
  await writeFile(join(folder, "missing.d.ts"), MISSING);
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [...files, "around.d.ts", "missing.d.ts"] }));
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const said = await promisify(execFile)(process.execPath, [compiler, "--project", folder]).then(() => "", ({ stdout }) => stdout.trim());
  // In the words of the documents: where the block stands.
  return said.replaceAll(/^\S*block-(\d+)\.\w+\((\d+),\d+\)/gm, (_, index, line) => `${blocks[index].path}, line ${blocks[index].line + Number(line)}`);
}

test("blocks that no test runs compile", async () => {
  assert.ok(blocks.length > 10, `${blocks.length} blocks`);
  assert.equal(await complaints(blocks), "");
});

const react = blocksOf("docs/adapters/react.md").filter(({ language }) => language === "tsx");

test("what the page of React shows compiles in strict TypeScript", async () => {
  assert.ok(react.length > 5 && react.some(({ source }) => source.includes("isFilePart")), `${react.length} blocks`);
  assert.equal(await complaints(react, STRICT_APP), "");
  const [wrong] = react.filter(({ source }) => source.includes("useState<string>()"));
  assert.match(await complaints([{ ...wrong, source: wrong.source.replace("useState<string>()", "useState()") }], STRICT_APP), /^docs\/adapters\/react.md, line /);
});

test("files in TypeScript compile strictly", async () => {
  assert.ok(strict.length > 0, "none");
  assert.equal(await complaints(strict, STRICT), "");
  const loose = strict.map((block) => ({ ...block, source: block.source.replace("(id?: string) => void", "(id) => void") }));
  assert.match(await complaints(loose, STRICT), /implicitly has an 'any' type/);
});

test("a name that the package does not have is found", async () => {
  const [block] = blocks.filter(({ source }) => source.includes("openAICompatible("));
  const wrong = { ...block, source: block.source.replaceAll("openAICompatible", "openAICompatibel") };
  assert.match(await complaints([wrong]), new RegExp(`^${block.path}, line .*openAICompatibel`));
});
