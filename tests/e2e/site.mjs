// Folders of static files and servers for them: the one of `cargo xtask serve`, on a free port.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
export const DIST = join(ROOT, "dist");

// xtask says where it is, so that no test waits for cargo.
const [PROGRAM, ...FIRST] = process.env.PGSCOPE_XTASK ? [process.env.PGSCOPE_XTASK] : ["cargo", "xtask"];

/** Serves a folder; gives its address and a way to stop. */
export async function serve(folder) {
  const server = spawn(PROGRAM, [...FIRST, "serve", "--root", folder, "--port", "0"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((found, failed) => {
    let told = "";
    server.stdout.on("data", (piece) => {
      told += piece;
      const address = told.match(/http:\S+/);
      if (address) found(address[0]);
    });
    server.on("error", failed);
    server.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return { url, stop: () => server.kill() };
}

const HASH = /-[0-9a-f]{16}(?=\.\w)/g;

/**
 * Makes `folder` hold the built site as if of another version: each script, style sheet and module of it differs, so
 * each gets another hash, as the build gives it.
 */
export function deployVersion(folder, version) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(DIST, folder, { recursive: true });
  for (const name of [...filesOf(folder), ...filesOf(join(folder, "messages")).map((name) => `messages/${name}`)]) {
    const plain = name.replace(HASH, "");
    renameSync(join(folder, name), join(folder, plain));
    const change = CHANGES[plain.split(".").pop()];
    if (change) writeFileSync(join(folder, plain), change(readFileSync(join(folder, plain)), version));
  }
  const { status, stderr } = spawnSync(PROGRAM, [...FIRST, "finish-site", folder], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** The names of a folder's own files. */
export function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name);
}

const withoutHashes = (content) => content.toString().replace(HASH, "");

const CHANGES = {
  html: withoutHashes,
  css: (content, version) => `${withoutHashes(content)}\n:root { --version: ${version}; }\n`,
  js: (content, version) => `${withoutHashes(content)}\n(globalThis.versions ??= []).push(${version});\n`,
  // A custom section: id 0, its length, the length of its name, its name.
  wasm: (content, version) => Buffer.concat([content, Buffer.from([0, 3, 2, 0x76, 0x30 + version])]),
};
