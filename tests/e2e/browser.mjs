// Which Chromium, started how (`cargo xtask test` names both), and how much memory it held.
import { existsSync, readFileSync } from "node:fs";

const USUAL = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const launch = {
  executablePath: process.env.PGSCOPE_CHROMIUM || USUAL.find(existsSync),
  args: (process.env.PGSCOPE_CHROMIUM_FLAGS ?? (process.getuid?.() === 0 ? "--no-sandbox" : "")).split(" ").filter(Boolean),
};

/** The most memory that a page's process ever had, in MB; nothing where the system does not tell. */
export async function memory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peak = ({ id }) => Number(readFileSync(`/proc/${id}/status`, "utf8").match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1024;
  try {
    return Math.round(Math.max(...processInfo.filter(({ type }) => type === "renderer").map(peak)));
  } catch {
    return undefined;
  }
}
