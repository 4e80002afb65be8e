// Large inputs, made in the browser, and what is counted while the page reads them. `page.addInitScript(inputs)`.

/** Runs in the page before its own scripts. */
export function inputs() {
  const ascii = new TextEncoder();
  const message = (tag, body) => [tag.charCodeAt(0), 0, 0, (body.length + 4) >> 8, (body.length + 4) & 255, ...body];
  const text = (word) => [0, 0, 0, word.length, ...ascii.encode(word)];
  const column = (name, type) => [...ascii.encode(name), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, type, 0, 4, 255, 255, 255, 255, 0, 0];
  const description = message("T", [0, 2, ...column("id", 23), ...column("name", 25)]);
  const rows = Array.from({ length: 50 }, (_, nth) => message("D", [0, 2, ...text(String(nth)), ...text(`the name of number ${nth}`)]));
  /** What a server answers to a query: RowDescription, 50 DataRows, CommandComplete, ReadyForQuery. */
  const answer = new Uint8Array([description, ...rows, message("C", [...ascii.encode("SELECT 50"), 0]), message("Z", [0x49])].flat());

  const raw = (size) => {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; at += answer.length) bytes.set(answer.subarray(0, size - at), at);
    return bytes;
  };
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const xxd = (size) => {
    const bytes = raw(1 << 16);
    const bodies = [];
    for (let at = 0; at < bytes.length; at += 16) {
      const pairs = hex(bytes.subarray(at, at + 16)).join("").match(/..?.?.?/g).join(" ");
      bodies.push(`: ${pairs}  ${String.fromCharCode(...bytes.subarray(at, at + 16).map((byte) => (byte > 32 && byte < 127 ? byte : 46)))}\n`);
    }
    const lines = [];
    for (let nth = 0; nth * 68 < size; nth += 1) lines.push((nth * 16).toString(16).padStart(8, "0") + bodies[nth % bodies.length]);
    return lines.join("");
  };
  /** Hex without any end of line. */
  const line = (size) => {
    const one = hex(answer).join("");
    return one.repeat(Math.ceil(size / one.length)).slice(0, size - (size % 2));
  };
  window.made = { raw, xxd, line, answer };

  // Drops a file that was made here: much quicker than sending it to the browser.
  window.dropMade = (name, parts) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(parts, name));
    document.querySelector(".exchange").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  };
  window.pasteMade = (words) => {
    const data = new DataTransfer();
    data.setData("text/plain", words);
    document.getElementById("bytes").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  };

  // What the page asks of its workers, and the workers themselves.
  window.workers = [];
  window.asked = 0;
  const Plain = Worker;
  window.Worker = class extends Plain {
    constructor(...all) {
      super(...all);
      window.workers.push(this);
    }
    postMessage(...all) {
      window.asked += 1;
      super.postMessage(...all);
    }
  };
  // `holdPiece` lets a number of pieces of a file come, and holds the next until `letPiece` is called.
  const { arrayBuffer } = Blob.prototype;
  let left = Infinity;
  let held = Promise.resolve();
  window.holdPiece = (after) => {
    left = after;
    held = new Promise((done, failed) => {
      window.letPiece = done;
      window.failPiece = failed;
    });
  };
  Blob.prototype.arrayBuffer = async function () {
    if (left === 0) await held;
    else left -= 1;
    return arrayBuffer.call(this);
  };
  // What kept the page from answering for more than 50 ms.
  window.longTasks = [];
  new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ type: "longtask" });
}
