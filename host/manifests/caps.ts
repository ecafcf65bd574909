/**
 * What bounds the work that one text can ask for. Beyond a cap the answer is a diagnostic that names it;
 * below, time is linear.
 */

/** Of a file or of standard input, in bytes. Ten thousand routes are some 10 MB. */
export const maxFileBytes = 256 * 1024 * 1024;
/** In one text; empty ones do not count. */
export const maxDocuments = 100_000;
/** Brackets within brackets, and columns of indentation: a parser that recurses would end with its stack. */
export const maxBrackets = 200;
export const maxIndent = 600;
/** What aliases may expand to in one document, in values: bounds a few lines that would fill the memory. */
export const maxExpandedNodes = 100_000;
/** One mistake in the syntax brings many messages after it: those that are told, in one document. */
export const maxSyntaxErrors = 3;
/** Keys of one document that are told to stand twice. */
export const maxRepeatedKeys = 20;
/** Of a source line, the characters that a message carries. */
export const maxLineText = 1_000;
