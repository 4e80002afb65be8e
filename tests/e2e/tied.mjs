// An exchange whose messages refer to each other: a statement that is prepared, described, bound and executed.
const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const int16 = (...numbers) => numbers.map((number) => hex(number, 4)).join("");
const int32 = (...numbers) => numbers.map((number) => hex(number, 8)).join("");
export const string = (words) => `${Buffer.from(words).toString("hex")}00`;
export const said = (side, tag, body = "") => `${side}: ${Buffer.from(tag).toString("hex")}${int32(body.length / 2 + 4)}${body}\n`;
const value = (words) => int32(Buffer.byteLength(words)) + Buffer.from(words).toString("hex");

export const STARTED = `F: ${int32(20)}00030000${string("user")}${string("al")}00\n${said("B", "R", int32(0))}${said("B", "Z", "49")}`.replace("00000014", "00000011");
export const SQL = "SELECT name FROM fruit WHERE id = $1 AND name <> '$1'";
const PARSE = said("F", "P", string("find") + string(SQL) + int16(1) + int32(23));
const PREPARED = `${PARSE}${said("F", "D", `53${string("find")}`)}${said("F", "S")}${said("B", "1")}${said("B", "t", int16(1) + int32(23))}`;
const COLUMN = string("name") + int32(0) + int16(0) + int32(25) + "ffff" + "ffffffff" + int16(0);
const DESCRIBED = `${said("B", "T", int16(1) + COLUMN)}${said("B", "Z", "49")}`;
const BIND = said("F", "B", string("") + string("find") + int16(1, 1, 1) + int32(4, 7) + int16(0));
const EXECUTED = `${BIND}${said("F", "E", string("") + int32(0))}${said("F", "S")}${said("B", "2")}`;
export const row = (...values) => said("B", "D", int16(values.length) + values.map(value).join(""));
const ENDED = `${said("B", "C", string("SELECT 1"))}${said("B", "Z", "49")}`;
/** Messages from 1: Parse 4, RowDescription 9, Bind 11, Execute 12, DataRow 15. */
export const EXCHANGE = STARTED + PREPARED + DESCRIBED + EXECUTED + row("pear") + ENDED;
export const WRONG = EXCHANGE.replace(row("pear"), row("pear", "plum"));
/** The same with rows of one rule that is broken several times, for the pictures. */
export const TIED = EXCHANGE.replace(row("pear"), row("pear", "plum").repeat(3));
