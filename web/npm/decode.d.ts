import type { DecodeOptions, Decoded } from "./elements/api.js";

export type { DecodeOptions, Decoded, Direction, Field, Fix, InputProblem, Message, Problem } from "./elements/api.js";

/** The messages of bytes, or of text that holds them: what `decode` of the whole API gives, as soon as all that it takes is fetched. */
export function decode(input: Uint8Array | string, options?: DecodeOptions | null): Promise<Decoded>;
export default decode;
