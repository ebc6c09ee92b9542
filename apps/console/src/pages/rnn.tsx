export function Rnn(_: { path?: string; name?: string }) { return <p>soon</p>; }
