import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column {
  title: string;
  numeric?: boolean;
}

/** A table that scrolls by itself where it is too wide. */
export function DataTable({ label, columns, rows, empty }: { label: string; columns: readonly Column[]; rows: readonly { key: string; cells: readonly ReactNode[] }[]; empty?: string }) {
  if (rows.length === 0 && empty) return <p className="quiet">{empty}</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={`Table: ${label}`}>
      <Table verticalSpacing="xs" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title, numeric }) => (
              <Table.Th key={title} scope="col" className={numeric ? 'number' : undefined}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, cells }) => (
            <Table.Tr key={key}>
              {cells.map((cell, at) => (
                <Table.Td key={columns[at]?.title ?? at} className={columns[at]?.numeric ? 'number' : undefined}>
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
