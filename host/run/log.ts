/** Finds in Envoy's log what Envoy refused, without time stamps, source files and a dump of the input. */

const HEAD = /^\[[^\]]*\]\[\d+\]\[(\w+)\]\[\w+\] (?:\[[^\]]*\] )?(.*)$/;
/** Envoy repeats the whole configuration after some messages. */
const LIMIT = 500;

/**
 * About a limit that operators set, our own signal, and what Envoy itself calls unfinished though it is used
 * everywhere: ranges of addresses, filters for API keys and UDP.
 */
const EXPECTED =
  /no configured limit to the number of allowed active downstream connections|caught ENVOY_SIGTERM|'(?:xds\.core\.v3\.CidrRange|envoy\.extensions\.filters\.http\.api_key_auth\.v3\.\w+|xds\.type\.matcher\.v3\.\w+|envoy\.extensions\.filters\.udp\.udp_proxy\.v3\.\w+)' .* work-in-progress/;
export const isExpected = (line: string): boolean => EXPECTED.test(line);

/** Below warning: what was asked for beside the usual log. */
export const isDetail = (line: string): boolean => /^(?:debug|info)$/.test(HEAD.exec(line)?.[1] ?? '');

/** The refusals in a log (critical and error lines, or its last line), one per line; '' for an empty log. */
export function explainLog(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !isExpected(line));
  const grave: string[] = [];
  for (const line of lines) {
    const found = HEAD.exec(line);
    if (found !== null && (found[1] === 'critical' || found[1] === 'error'))
      grave.push(clean(found[2] as string));
  }
  const told = grave.length > 0 ? [...new Set(grave)] : lines.slice(-1).map(clean);
  return told.join('\n');
}

function clean(message: string): string {
  const text = message.replace(/^error initializing (?:configuration|config) '[^']*': ?/, '');
  return text.length > LIMIT ? `${text.slice(0, LIMIT)} …` : text;
}
