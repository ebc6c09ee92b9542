/** Rows: what it is; columns: what the model says. The darker, the more of the row. */
export function ConfusionMatrix({ classNames, counts }: { classNames: readonly string[]; counts: readonly (readonly number[])[] }) {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table: Confusion matrix">
      <table className="matrix">
        <caption className="quiet">Rows: what it is. Columns: what the model says.</caption>
        <thead>
          <tr>
            <td />
            {classNames.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, truth) => {
            const total = row.reduce((a, b) => a + b, 0) || 1;
            return (
              <tr key={classNames[truth]}>
                <th scope="row">{classNames[truth]}</th>
                {row.map((count, said) => {
                  const share = count / total;
                  const colour = truth === said ? `rgb(0 99 168 / ${share})` : `rgb(179 71 0 / ${Math.min(1, 4 * share)})`;
                  return (
                    <td key={said} style={{ background: colour, color: (truth === said ? share : 4 * share) > 0.55 ? '#fff' : 'inherit' }}>
                      {count || ''}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
