// Builds the front end into build/static (what Django serves), or the TypeScript tests into build/tests.
//
//   node build.mjs            one bundle for each page in apps/pages/ts/ and each *.worker.ts of an app
//   node build.mjs --watch    the same, again at every change
//   node build.mjs --tests    one bundle for each tests/ts/**/*.test.ts, to be run by node --test
import { build, context } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Every file below `folder` whose name satisfies `wanted`; [] where the folder is missing. */
function filesBelow(folder, wanted) {
  try {
    return readdirSync(folder, { recursive: true }).filter((name) => wanted(name)).map((name) => join(folder, name));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

const tests = process.argv.includes("--tests");
const common = { bundle: true, sourcemap: true, logLevel: "warning", target: "es2022" };

const options = tests
  ? {
      ...common,
      entryPoints: filesBelow("tests/ts", (name) => name.endsWith(".test.ts")),
      outdir: "build/tests",
      outbase: "tests/ts",
      platform: "node",
      format: "esm",
      outExtension: { ".js": ".mjs" },
    }
  : {
      ...common,
      // apps/pages/ts/watch.ts becomes pages/watch.js; apps/videos/ts/x.worker.ts becomes videos/x.worker.js.
      entryPoints: [
        ...readdirSync("apps", { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .flatMap((entry) => filesBelow(join("apps", entry.name, "ts"), (name) => name.endsWith(".worker.ts"))),
        ...filesBelow("apps/pages/ts", (name) => name.endsWith(".ts") && !name.includes("/")),
      ].map((path) => {
        const [, app, , ...rest] = path.split("/");
        return { in: path, out: [app, ...rest].join("/").replace(/\.ts$/, "") };
      }),
      outdir: "build/static",
      format: "esm",
      minify: true,
    };

if (options.entryPoints.length === 0) {
  console.error("build.mjs: nothing to build");
  process.exit(1);
}
rmSync(options.outdir, { recursive: true, force: true });
if (process.argv.includes("--watch")) {
  await (await context(options)).watch();
} else {
  await build(options);
}
