//! Randomness from a seed, the same on every machine and with every version of any library: for the demonstration and the
//! simulation, never for secrets.

/// A sequence of numbers from a seed (SplitMix64, Steele et al. 2014).
#[derive(Debug, Clone)]
pub struct Randomness(u64);

impl Randomness {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, not including, 1.
    pub fn share(&mut self) -> f64 {
        (self.next_number() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Whether something of that probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// One of the entries; none of nothing.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = (self.share() * from.len() as f64) as usize;
        from.get(index)
    }

    /// A place drawn by weight; none when no weight is positive.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().filter(|weight| **weight > 0.0).sum();
        let mut left = self.share() * total;
        let mut last = None;
        for (place, weight) in weights.iter().enumerate() {
            if *weight > 0.0 {
                last = Some(place);
                if left < *weight {
                    break;
                }
                left -= weight;
            }
        }
        last
    }

    /// From a normal distribution of mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let (first, second) = (1.0 - self.share(), self.share());
        (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos()
    }

    /// From a log-normal distribution of that mean and of that deviation of its logarithm.
    pub fn log_normal(&mut self, mean: f64, deviation: f64) -> f64 {
        (mean.ln() - deviation * deviation / 2.0 + deviation * self.normal()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_have_the_means_they_promise() {
        let mut random = Randomness::new(7);
        let n = 100_000;
        let mean = (0..n).map(|_| random.log_normal(25.0, 0.6)).sum::<f64>() / f64::from(n);
        assert!((mean - 25.0).abs() < 0.3, "{mean}");
        let mut drawn = [0; 3];
        for _ in 0..n {
            drawn[random.weighted(&[1.0, 0.0, 3.0]).unwrap()] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((0.24..0.26).contains(&(f64::from(drawn[0]) / f64::from(n))));
        assert_eq!(random.weighted(&[0.0]), None);
    }

    #[test]
    fn a_seed_is_a_sequence() {
        // The first numbers of the published reference implementation for the seed 1234567.
        let mut random = Randomness::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_number()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }
}
