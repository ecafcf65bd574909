/** placeholder, being written */
export const codes: Readonly<Record<string, string>> = {};
