import { Button, NumberInput, Textarea, TextInput } from '@mantine/core';
import { useRef, useState } from 'react';
import { api } from '../../api/clients';
import { useAction } from '../../api/use-live';
import { EndReason } from '../../generated/quartet/rnn/v1/generate_pb';
import { FailureNote } from '../../parts/failure';
import type { Picked } from '../../parts/model-picker';
import { Section } from '../../parts/page';

const END_NAMES: Record<EndReason, string> = { [EndReason.UNSPECIFIED]: '', [EndReason.MAX_TOKENS]: 'as long as was asked for', [EndReason.STOP]: 'a stop text came up', [EndReason.END_OF_TEXT]: 'the model ended it' };

/** A number as it is typed; empty: the service's default. */
type Typed = number | string;
const numberOf = (typed: Typed): number | undefined => (typed === '' ? undefined : Number(typed));

/** A seed has up to 64 bits, more than a number of JavaScript holds. */
function seedOf(typed: string): bigint | undefined {
  if (typed.trim() === '') return undefined;
  if (!/^\s*\d+\s*$/.test(typed)) throw new Error(`Seed: received "${typed}", expected a whole number from 0 to 18446744073709551615; leave it empty to have one drawn.`);
  return BigInt(typed);
}

/** A text, shown as the model writes it. */
export function Write({ picked }: { picked: Picked }) {
  const [prompt, setPrompt] = useState('');
  const [tokens, setTokens] = useState<Typed>(200);
  const [temperature, setTemperature] = useState<Typed>(0.8);
  const [topK, setTopK] = useState<Typed>('');
  const [topP, setTopP] = useState<Typed>('');
  const [seed, setSeed] = useState('');
  const [stop, setStop] = useState('');
  const [text, setText] = useState('');
  const [end, setEnd] = useState('');
  const abort = useRef<AbortController>(undefined);
  const write = useAction(async () => {
    abort.current = new AbortController();
    setText('');
    setEnd('');
    const request = {
      model: picked.ref,
      prompt,
      maxTokens: numberOf(tokens),
      temperature: numberOf(temperature),
      topK: numberOf(topK),
      topP: numberOf(topP),
      seed: seedOf(seed),
      stop: stop.split('\n').filter((line) => line !== ''),
    };
    for await (const { message } of api.rnn.generate(request, { signal: abort.current.signal })) {
      if (message.case === 'token') setText((before) => before + message.value.text);
      if (message.case === 'end') {
        // What may have been the beginning of a stop was held back.
        setText(message.value.text);
        setEnd(`${message.value.tokens} tokens, seed ${message.value.seed}: ${END_NAMES[message.value.reason]}. ${message.value.warnings.join(' ')}`);
      }
    }
  });
  return (
    <Section title="Write a text">
      <div className="halves">
        <Textarea label="It begins with" description="Empty: the start of a text" autosize minRows={2} value={prompt} onChange={(event) => setPrompt(event.currentTarget.value)} />
        <Textarea label="It ends before" description="One a line; at most 16" autosize minRows={2} value={stop} onChange={(event) => setStop(event.currentTarget.value)} />
      </div>
      <div className="row end" style={{ marginTop: '0.5rem' }}>
        <NumberInput label="Tokens at most" value={tokens} onChange={setTokens} min={1} max={4096} w={130} hideControls allowDecimal={false} />
        <NumberInput label="Temperature" value={temperature} onChange={setTemperature} min={0} max={10} step={0.1} w={130} hideControls />
        <NumberInput label="Top k" placeholder="all" value={topK} onChange={setTopK} min={0} w={130} hideControls allowDecimal={false} />
        <NumberInput label="Top p" placeholder="1" value={topP} onChange={setTopP} min={0} max={1} step={0.05} w={130} hideControls />
        <TextInput label="Seed" placeholder="drawn" inputMode="numeric" value={seed} onChange={(event) => setSeed(event.currentTarget.value)} w={190} />
        <Button loading={write.busy} onClick={() => void write.run()}>
          Write
        </Button>
        {write.busy && (
          <Button variant="default" onClick={() => abort.current?.abort()}>
            Stop
          </Button>
        )}
      </div>
      <FailureNote failure={write.failure} />
      <pre className="code text" aria-label="The text" aria-live="polite" tabIndex={0} style={{ marginTop: '0.75rem' }}>
        <b>{text ? prompt : ''}</b>
        {text}
      </pre>
      <p className="quiet" role="status">
        {end}
      </p>
    </Section>
  );
}
