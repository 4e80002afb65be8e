// What PlantUML's own parser makes of the diagrams of all scenarios, and of SQL in which its signs stand: as many arrows as are
// written. `cargo xtask test --only hosts-large` installs it and says where the command is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const { PGSCOPE_COMMAND: command, PGSCOPE_PLACE: place } = process.env;
const SCENARIOS = join(import.meta.dirname, "../../crates/sim/scenarios");

test("PlantUML draws what is written for it, arrow by arrow", { skip: command ? false : "there is no command" }, () => {
  const folder = join(place, "plantuml");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const query = Buffer.from(`Q....SELECT '#; %% <b> end note @enduml \`"\\ -> == {} :: [x] ~ // ** __ \n' /' '/\0`);
  query.writeUInt32BE(query.length - 1, 1);
  const render = (args, input = "") => execFileSync(command, ["render", ...args, "--to", "plantuml"], { input, stdio: ["pipe", "pipe", "ignore"] }).toString();
  const names = readdirSync(SCENARIOS).filter((name) => name.endsWith(".scenario")).map((name) => name.replace(/\.scenario$/, ""));
  const diagrams = [...names.map((name) => [name, render([name])]), ["signs", render(["-"], `F: ${query.toString("hex")}\n`)]];
  for (const [name, text] of diagrams) writeFileSync(join(folder, `${name}.puml`), text);
  execFileSync("plantuml", ["-tsvg", join(folder, "*.puml")], { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, JAVA_TOOL_OPTIONS: "-Djava.awt.headless=true" } });
  assert.ok(diagrams.length > 30, `${diagrams.length} diagrams`);
  for (const [name, text] of diagrams) {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    assert.doesNotMatch(svg, /Syntax Error/, name);
    assert.equal(svg.match(/<polygon /g)?.length, text.match(/^E\d+ -?->/gm).length, name);
  }
});
