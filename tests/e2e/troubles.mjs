// A reporter that writes the specs that failed, or passed only when tried again, with their first lines into a file:
// `cargo xtask test` tells them at its end, below everything else.
import { writeFileSync } from "node:fs";

const LINES = 8;
const plain = (text) => text.replaceAll(/\u001b\[[\d;]*m/g, "");

export default class Troubles {
  #tests;

  onBegin(_config, suite) {
    this.#tests = suite.allTests();
  }

  onEnd() {
    const told = this.#tests.flatMap((test) => {
      const outcome = test.outcome();
      if (outcome !== "unexpected" && outcome !== "flaky") return [];
      const error = test.results.find((result) => result.error)?.error;
      const lines = plain(error?.message ?? error?.value ?? "").split("\n").slice(0, LINES);
      const place = plain(error?.location ? `${test.location.file.split("/").pop()}:${error.location.line}` : "");
      return [`${outcome === "flaky" ? "passed when tried again" : "failed"}: ${test.titlePath().filter(Boolean).join(" › ")} ${place}`, ...lines.map((line) => `    ${line}`)];
    });
    writeFileSync(process.env.PGSCOPE_TROUBLES, told.join("\n"));
  }
}
