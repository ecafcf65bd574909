/**
 * Builds the small test filters in modules/ (AssemblyScript, by the project's own compiler) in memory: about
 * a second each, once per process.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const built = new Map<string, Promise<Uint8Array>>();

/** Bytes of modules/<name>.as as WebAssembly. Throws the compiler's own messages. */
export function assemble(name: string): Promise<Uint8Array> {
  let result = built.get(name);
  if (result === undefined) {
    result = compile(name);
    built.set(name, result);
  }
  return result;
}

async function compile(name: string): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(`./modules/${name}.as`, import.meta.url));
  const source = readFileSync(path, 'utf8');
  let bytes: Uint8Array | undefined;
  const flags = ['--outFile', 'out.wasm', '--runtime', 'minimal', '-O', '--use', 'abort='];
  const { error, stderr } = await main(['module.ts', ...flags], {
    readFile: (file) => (file === 'module.ts' ? source : null),
    writeFile: (file, contents) => {
      if (file === 'out.wasm') bytes = contents as unknown as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error !== null || bytes === undefined)
    throw new Error(`${name}.as does not compile:\n${stderr.toString()}`);
  return bytes;
}
