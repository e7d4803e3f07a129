// Does a text carry what looks like a card number? Such a text is refused and never kept.

// 13 to 19 digits in one run, or grouped as they are embossed, and no part of a longer word:
// the digits of a UUID or of a hexadecimal id never count. Cards begin with 2 to 6.
const RUN = /(?<![0-9A-Za-z])[2-6]\d{12,18}(?![0-9A-Za-z])/g;
const GROUPS =
  /(?<![0-9A-Za-z])[2-6]\d{3}[ .-](?:\d{4}[ .-]\d{4}[ .-]\d{1,7}|\d{6}[ .-]\d{4,5})(?![0-9A-Za-z])/g;
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/** Whether a card number stands anywhere in the text. */
export function carriesCardNumber(text: string): boolean {
  for (const pattern of [RUN, GROUPS]) {
    for (const [found] of text.matchAll(pattern)) if (isCardNumber(found)) return true;
  }
  return false;
}

/** Whether the digits of the text, whatever stands between them, are a card number. */
export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  return digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
