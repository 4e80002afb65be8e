// `decode` by itself, for browsers, workers and bundlers: what an input does not need of Pgscope is not fetched.
//
//   import { decode } from "pgscope/decode";
//   const { messages } = await decode("51 00 00 00 04");
import { answer } from "./elements/parts.js";

// The messages of bytes, or of text that holds them: what `decode` of the whole API gives, as soon as all that it takes is here.
export const decode = (input, options) => answer("decode", input, options);

export default decode;
