/** A wide table that scrolls by itself, by the keyboard too. */
import type { ComponentChildren } from 'preact';

export const Scroll = ({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse
  <section class="scroll" tabIndex={0} aria-label={label}>
    {children}
  </section>
);
