/** Parts of tables: the head, and a table that scrolls by itself, by the keyboard too. */
import type { ComponentChildren } from 'preact';

/** The title of a column, or that of one whose cells are numbers. */
export type Column = string | { readonly number: string };

export const Head = ({ columns }: { readonly columns: readonly Column[] }) => (
  <thead>
    <tr>
      {columns.map((column) =>
        typeof column === 'string' ? (
          <th key={column} scope="col">
            {column}
          </th>
        ) : (
          <th key={column.number} scope="col" class="number">
            {column.number}
          </th>
        ),
      )}
    </tr>
  </thead>
);

/** Below the row that it is about, as wide as the table: sentences have no column of their own. */
export const Remark = ({ text, columns }: { readonly text: string | undefined; readonly columns: number }) =>
  text === undefined || text === '' ? null : (
    <tr class="remark">
      <td colSpan={columns}>{text}</td>
    </tr>
  );

interface ScrollingTable {
  /** For who does not see it. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** Rows. */
  readonly children: ComponentChildren;
}

export const ScrollingTable = ({ label, columns, children }: ScrollingTable) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse
  <section class="scroll" tabIndex={0} aria-label={label}>
    <table>
      <Head columns={columns} />
      <tbody>{children}</tbody>
    </table>
  </section>
);
