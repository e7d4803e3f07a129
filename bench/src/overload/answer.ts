// What is a right answer? Something that only who was asked can have worked out.
export const answerTo = (id: number): number => (id * 2_654_435_761) % 1_000_003;
