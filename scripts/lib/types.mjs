import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./root.mjs";
import { run } from "./run.mjs";

/**
 * Compiles tests/types/ as users would: beside an installed tarball (`folder`, see `installTarball`), strictly,
 * reading the package's own declarations too, and in both ways TypeScript has of finding a package.
 */
export async function checkTypes(folder) {
  await cp(join(root, "tests", "types"), join(folder, "types"), { recursive: true });
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const ways = [
    { module: "nodenext", moduleResolution: "nodenext" },
    { module: "preserve", moduleResolution: "bundler" },
  ];
  for (const way of ways) {
    const project = join(folder, `tsconfig.${way.moduleResolution}.json`);
    const compilerOptions = {
      ...way,
      target: "es2022",
      lib: ["es2022", "dom"],
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    };
    await writeFile(project, JSON.stringify({ compilerOptions, include: ["types"] }));
    await run(process.execPath, [compiler, "--project", project], { cwd: folder });
  }
}
