// Which Chromium, started how. `cargo xtask test` names both.
import { existsSync } from "node:fs";

const USUAL = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const launch = {
  executablePath: process.env.PGSCOPE_CHROMIUM || USUAL.find(existsSync),
  args: (process.env.PGSCOPE_CHROMIUM_FLAGS ?? (process.getuid?.() === 0 ? "--no-sandbox" : "")).split(" ").filter(Boolean),
};
