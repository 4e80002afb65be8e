// The package for npm as somebody has it who installs it: in Node.js, with TypeScript, a bundler, rehype, and its command.
// `cargo xtask test --only hosts` packs it and says where it is.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

const { PGSCOPE_PACKAGE: archive, PGSCOPE_TOOLS: tools, PGSCOPE_PLACE: place } = process.env;
const project = join(place ?? "", "project");
const installed = join(project, "node_modules/pgscope");
const of = (name) => import(pathToFileURL(join(installed, name)).href);
const QUERY = "51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";

describe("the package for npm", { skip: archive ? false : "it was not packed" }, () => {
  before(() => {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    writeFileSync(join(project, "package.json"), '{ "type": "module" }');
    execFileSync("npm", ["install", "--offline", "--no-fund", "--no-audit", "--silent", archive], { cwd: project, stdio: "inherit" });
    for (const name of readdirSync(join(tools, "npm/node_modules"))) {
      if (!name.startsWith(".") && name !== "pgscope") symlinkSync(join(tools, "npm/node_modules", name), join(project, "node_modules", name));
    }
  });

  test("the examples of its README hold", async () => {
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    const [, code] = readme.match(/## The API\n\n```js\n([^]*?)```/);
    const checks = code.split("\n").filter((line) => / \/\/ [^a]/.test(line)).map((line) => line.match(/^(.*); \/\/ (.*)$/));
    assert.equal(checks.length >= 3, true);
    const lines = checks.map(([, told, is]) => `assert.deepEqual(${told}, ${is});`);
    writeFileSync(join(project, "readme.mjs"), `import assert from "node:assert/strict";\n${code.replace(/^(.*); \/\/ .*$/gm, "$1;")}\n${lines.join("\n")}`);
    execFileSync(process.execPath, ["readme.mjs"], { cwd: project, stdio: "inherit" });
  });

  test("errors say what and where", async () => {
    const { encode, fence, init, render, simulate } = await of("node.js");
    await init();
    assert.throws(() => encode("Qery 1", "frontend"), (error) => error.start === 0 && error.end === 4 && /Qery/.test(error.message));
    assert.throws(() => encode("Query", "client"), /known are frontend, backend/);
    assert.throws(() => render(QUERY, { colour: "red" }), /there is no colour; known are/);
    assert.throws(() => render(QUERY, { step: "Bind" }), /Bind/);
    assert.throws(() => render(null, { scenario: "nothing" }), /there is no scenario nothing; known are .*handshake/);
    assert.throws(() => simulate("handshake", { colour: "red" }), /colour/);
    assert.throws(() => fence("step: 1\nF: 51 is no hex"), (error) => error.line === 2);
    assert.deepEqual([...encode('Query "SELECT 1;"', "frontend")], QUERY.split(" ").map((pair) => parseInt(pair, 16)));
    for (const to of ["html", "page", "svg", "mermaid", "plantuml", "markdown", "text"]) assert.match(render(QUERY, { to }), /Query/);
  });

  test("a decoder reads a connection while it comes, however it is cut", async () => {
    const { Decoder, encode, init } = await of("node.js");
    await init();
    const decoder = new Decoder();
    const said = [["frontend", encode("StartupMessage 3.0 [(user alice)]", "frontend")], ["backend", encode("AuthenticationOk", "backend")], ["backend", encode('ReadyForQuery I', "backend")], ["frontend", encode('Query "SELECT 1"', "frontend")]];
    const met = said.flatMap(([side, bytes]) => [...bytes].flatMap((byte) => decoder.push(side, Uint8Array.of(byte))));
    assert.deepEqual([...met, ...decoder.end()].map(({ direction, name, whole }) => [direction[0], name, whole]), [["f", "StartupMessage", true], ["b", "AuthenticationOk", true], ["b", "ReadyForQuery", true], ["f", "Query", true]]);
    assert.equal(met.at(-1).fields.find(({ id }) => id === "query.query").value, "“SELECT 1”");
    assert.throws(() => decoder.push("client", new Uint8Array(1)), /known are frontend, backend/);
  });

  test("importing elements where there is no DOM does nothing", async () => {
    const before = Object.keys(globalThis);
    const { upgrade } = await of("elements/loader.js");
    assert.equal(typeof upgrade, "function");
    assert.deepEqual(Object.keys(globalThis), before);
  });

  test("integrity.json tells the truth", () => {
    const told = JSON.parse(readFileSync(join(installed, "integrity.json"), "utf8"));
    assert.ok(told["elements/loader.js"] && told["elements/pgscope.css"]);
    for (const [name, hash] of Object.entries(told)) {
      assert.equal(hash, `sha384-${createHash("sha384").update(readFileSync(join(installed, name))).digest("base64")}`);
    }
  });

  test("the manifest of elements names what is there", async () => {
    const { modules: [{ path, exports, declarations: [{ attributes }] }] } = JSON.parse(readFileSync(join(installed, "custom-elements.json"), "utf8"));
    const loader = readFileSync(join(installed, path), "utf8");
    for (const { kind, name } of exports) if (kind === "custom-element-definition") assert.ok(loader.includes(name), name);
    for (const { name } of attributes) assert.ok(loader.includes(`"${name}"`), name);
  });

  test("its declarations are those of TypeScript", { timeout: 300_000 }, () => {
    writeFileSync(join(project, "typed.ts"), `import init, { decode, encode, lint, render, type Decoded } from "pgscope";
import { upgrade, type PgscopeElement } from "pgscope/elements";
await init();
const decoded: Decoded = decode(new Uint8Array(5), { direction: "backend" });
const name: string = decoded.messages[0]?.name ?? "";
const bytes: Uint8Array = encode("Sync", "frontend");
const rules: string[] = lint(bytes).map((finding) => finding.rule);
const html: string = render(null, { scenario: "handshake", set: { segments: "7" }, step: 3 });
const element: PgscopeElement = document.createElement("pgscope-exchange");
element.addEventListener("pgscope-step", ({ detail }) => console.log(detail.step, name, rules, html));
upgrade(document);
// @ts-expect-error there is no such option
decode("", { colour: 1 });
`);
    const tsc = join(tools, "npm/node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--module", "esnext", "--target", "es2022", "--moduleResolution", "bundler", "--lib", "es2022,dom,dom.iterable"];
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...options, "typed.ts"], { cwd: project, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  test("a bundler takes it", { timeout: 300_000 }, () => {
    writeFileSync(join(project, "index.html"), '<!doctype html><script type="module" src="/main.js"></script>');
    writeFileSync(join(project, "main.js"), 'import init, { decode } from "pgscope";\nimport "pgscope/elements";\nimport "pgscope/pgscope.css";\ninit().then(() => (document.title = decode("5a 00 00 00 05 49").messages[0].name));\n');
    const vite = join(tools, "npm/node_modules/vite/bin/vite.js");
    const { status, stderr, stdout } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], { cwd: project, encoding: "utf8", env: { ...process.env, NODE_ENV: "production" } });
    assert.equal(status, 0, stderr + stdout);
    const assets = readdirSync(join(project, "dist/assets"));
    for (const kind of [".js", ".css", ".wasm"]) assert.ok(assets.some((name) => name.endsWith(kind)), `${kind} of ${assets}`);
  });

  test("rehype puts a figure in the place of a fence, and says where one is wrong", async () => {
    const from = (name) => import(pathToFileURL(join(project, "node_modules", name, "index.js")).href);
    const [{ unified }, { default: parse }, { default: toHtml }, { default: stringify }] = await Promise.all(["unified", "remark-parse", "remark-rehype", "rehype-stringify"].map(from));
    const { default: pgscope } = await of("rehype.js");
    const html = async (text) => String(await unified().use(parse).use(toHtml).use(pgscope).use(stringify).process(text));
    const drawn = await html(`# Title\n\n\`\`\`pgscope\nF: ${QUERY}\n\`\`\`\n\n\`\`\`js\n1\n\`\`\`\n`);
    assert.match(drawn, /<pgscope-exchange[^>]*><figure class="pgscope"[^]*data-name="Query"[^]*<code class="language-js">/);
    await assert.rejects(html("a\n\n```pgscope\nscenario: nothing\n```\n"), /line 4 of the document: there is no scenario nothing/);
  });

  const command = (args, input) => spawnSync(process.execPath, [join(project, "node_modules/.bin/pgscope"), ...args], { cwd: project, input, encoding: "utf8" });

  test("the command runs without Rust", (context) => {
    if (!existsSync(join(installed, "pgscope-command.wasm"))) return context.skip("the package lacks it: Rust's library for WASI could not be had");
    const version = command(["--version"]);
    assert.equal(version.stdout, `pgscope ${JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).version}\n`, version.stderr);
    const decoded = command(["decode", "--format", "list"], QUERY);
    assert.match(decoded.stdout, /Query.*SELECT 1;/);
    assert.equal(decoded.status, 0);
    assert.doesNotMatch(decoded.stderr, /Warning/);
    mkdirSync(join(project, "dumps"), { recursive: true });
    writeFileSync(join(project, "dumps/a.txt"), "B: 5a 00 00 00 06 49");
    const found = command(["lint", "dumps/a.txt"]);
    assert.match(found.stdout, /^error\[L01\][^]*--> dumps\/a\.txt, message 1/);
    assert.equal(found.status, 1);
    for (const path of ["../project/dumps/a.txt", join(project, "dumps/a.txt")]) assert.equal(command(["lint", path]).status, 1, path);
    assert.equal(command(["decode", "nowhere.txt"]).status, 2);
    assert.equal(command(["render", "handshake", "--to", "svg", "--output", "dumps/a.svg"]).status, 0);
    assert.match(readFileSync(join(project, "dumps/a.svg"), "utf8"), /^<svg/);
  });
});
