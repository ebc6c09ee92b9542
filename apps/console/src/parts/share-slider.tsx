import { Slider, Text } from '@mantine/core';

/** A share from 0 to 1, such as a threshold of a probability, in hundredths. */
export function ShareSlider({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <div style={{ flex: '1 1 12rem', maxWidth: '22rem' }}>
      <Text size="sm" fw={500} component="div" mb={4}>
        {label}: {Math.round(100 * value)} %
      </Text>
      <Slider thumbLabel={label} value={Math.round(100 * value)} onChange={(hundredths) => onChange(hundredths / 100)} min={0} max={100} label={null} />
    </div>
  );
}
