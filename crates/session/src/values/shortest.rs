//! The shortest decimal digits that read back as the same floating-point number.
//!
//! The exact method of Steele and White, on whole numbers of any size: the standard library's is faster, and with its tables
//! weighs several kilobytes of the page. Nobody looks at more than a screen of floats at once.

use std::cmp::Ordering;

/// A positive number of binary floating point: `mantissa * 2^exponent`, and how its neighbours lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Binary {
    pub(super) mantissa: u64,
    pub(super) exponent: i32,
    /// Whether the next smaller number is half as far away as the next larger one.
    pub(super) is_power: bool,
}

/// The digits, the first of them not 0, and the power of ten of the first.
///
/// As PostgreSQL prints them: a decimal half-way between two numbers is never taken for either, and of two decimals that are
/// as near the one whose last digit is even is taken.
pub(super) fn shortest(number: Binary) -> (Vec<u8>, i32) {
    // number = value / scale; a decimal that is less than `above` more or `below` less than it reads back as the same.
    let extra = if number.is_power { 2 } else { 1 };
    let (mut value, mut scale) = (Big::from(number.mantissa), Big::from(1));
    let (mut above, mut below) = (Big::from(1), Big::from(1));
    value.shift(extra);
    scale.shift(extra);
    above.shift(extra - 1);
    let parts = if number.exponent < 0 {
        [Some(&mut scale), None, None]
    } else {
        [Some(&mut value), Some(&mut above), Some(&mut below)]
    };
    parts.into_iter().flatten().for_each(|part| part.shift(number.exponent.unsigned_abs()));
    let too_high = |value: &Big, above: &Big, scale: &Big| value.plus(above).cmp(scale).is_gt();
    let mut power = 0;
    while too_high(&value, &above, &scale) {
        scale.times(10);
        power += 1;
    }
    loop {
        value.times(10);
        above.times(10);
        below.times(10);
        power -= 1;
        if too_high(&value, &above, &scale) {
            break;
        }
    }
    let mut digits = Vec::new();
    loop {
        let mut digit = 0;
        while !value.cmp(&scale).is_lt() {
            value.minus(&scale);
            digit += 1;
        }
        let low = value.cmp(&below).is_lt();
        let high = too_high(&value, &above, &scale);
        if low || high {
            let rounds_up = match (low, high) {
                (true, false) => false,
                (false, _) => true,
                (true, true) => match value.plus(&value).cmp(&scale) {
                    Ordering::Less => false,
                    Ordering::Equal => digit % 2 == 1,
                    Ordering::Greater => true,
                },
            };
            digits.push(digit + u8::from(rounds_up));
            return (digits, power);
        }
        digits.push(digit);
        value.times(10);
        above.times(10);
        below.times(10);
    }
}

/// A whole number of any size: 32 bits each, the lowest first, the highest not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Big(Vec<u32>);

impl Big {
    fn from(number: u64) -> Self {
        let mut big = Big(vec![number as u32, (number >> 32) as u32]);
        big.trim();
        big
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn shift(&mut self, bits: u32) {
        self.times(1 << (bits % 32));
        self.0.splice(0..0, (0..bits / 32).map(|_| 0));
    }

    fn times(&mut self, factor: u32) {
        let mut carry = 0;
        for part in &mut self.0 {
            carry += u64::from(*part) * u64::from(factor);
            *part = carry as u32;
            carry >>= 32;
        }
        self.0.push(carry as u32);
        self.trim();
    }

    fn plus(&self, other: &Big) -> Big {
        let mut carry = 0;
        let length = self.0.len().max(other.0.len()) + 1;
        let part = |big: &Big, at| u64::from(big.0.get(at).copied().unwrap_or(0));
        let mut sum = Big((0..length)
            .map(|at| {
                carry = part(self, at) + part(other, at) + (carry >> 32);
                carry as u32
            })
            .collect());
        sum.trim();
        sum
    }

    /// Takes away what is not more than this.
    fn minus(&mut self, other: &Big) {
        let mut borrow = 0;
        for (at, part) in self.0.iter_mut().enumerate() {
            let less = i64::from(*part) - i64::from(other.0.get(at).copied().unwrap_or(0)) + borrow;
            *part = less as u32;
            borrow = less >> 32;
        }
        self.trim();
    }

    fn cmp(&self, other: &Big) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}
