import { Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';

let first = true;

/** A page: its heading gets the focus when one comes to it by a link, so that a screen reader tells where one is. */
export function Page({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Quartet`;
    if (!first) heading.current?.focus();
    first = false;
  }, [title]);
  return (
    <>
      <div className="heading">
        <Title order={1} ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </>
  );
}

/** A part of a page under a heading of its own. */
export function Section({ title, id, actions, children }: { title: string; id?: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" id={id} aria-label={title}>
      <div className="heading">
        <Title order={2}>{title}</Title>
        {actions && <div className="row">{actions}</div>}
      </div>
      {children}
    </section>
  );
}
