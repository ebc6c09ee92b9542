/** Tags of Brown's corpus by twelve universal classes (after Petrov et al., 2012). */
const UNIVERSAL: Readonly<Record<string, string>> = {
  '.': ". , : ( ) -- ' '' ``",
  ADJ: 'ap jj jjr jjs jjt od',
  ADP: 'cs in',
  ADV: '* ql qlp rb rbr rbt rn wql wrb',
  CONJ: 'cc',
  DET: 'abl abn abx at dt dti dts dtx pp$ wdt wp$',
  NOUN: 'nn nns np nps nr nrs',
  NUM: 'cd',
  PRON: 'pn pp$$ ppl ppls ppo pps ppss wp wpo wps',
  PRT: 'ex rp to',
  VERB: 'be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz md vb vbd vbg vbn vbz',
  X: 'uh nil',
};
const BY_TAG = new Map(Object.entries(UNIVERSAL).flatMap(([name, tags]) => tags.split(' ').map((tag) => [tag, name])));

/**
 * A tag's class. Of joined ones (`ppss+md`) the first counts; headlines, titles and cited words (`-hl`, `-tl`, `-nc`) are as others; foreign
 * words (`fw-`) are X.
 */
export function universalTag(tag: string): string {
  const plain = tag.toLowerCase().replace(/-(?:hl|tl|nc)\b/g, '');
  if (plain.startsWith('fw-')) return 'X';
  const [first = ''] = plain.split('+');
  return BY_TAG.get(first) ?? BY_TAG.get(first.replace(/\*$/, '')) ?? BY_TAG.get(first.replace(/\$$/, '')) ?? 'X';
}
