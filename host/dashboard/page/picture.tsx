/** A picture that is drawn as text, put into the page. */

interface Policy {
  createHTML(text: string): string;
}

/**
 * Browsers that know trusted types take text only by a policy; ours lets through what the drawing code made.
 */
const policy: Policy = (
  globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }
).trustedTypes?.createPolicy('loadstar-svg', { createHTML: (text) => text }) ?? {
  createHTML: (text) => text,
};

/** @param svg Of host/drawing alone, which escapes what it writes. */
export const Picture = ({ svg, label }: { readonly svg: string; readonly label?: string }) => (
  <figure
    class="picture"
    role={label === undefined ? undefined : 'img'}
    aria-label={label}
    dangerouslySetInnerHTML={{ __html: policy.createHTML(svg) }}
  />
);
