//! Vectors that a model of the application has made of passages and of a query: how they are kept, and how near they are to each
//! other.

/// In front of the components: what they are multiplied with.
const SCALE_BYTES: usize = 4;

/// A vector in bytes: of length 1, its components as multiples, from -127 to 127, of a number that stands in front of them. None
/// when it has no direction: when it is empty, all zero, or has a component that is no number.
///
/// A cosine of two vectors changes by about 0.001 by it (see `docs/recall.md`).
///
/// ```
/// use conversation_memory::recall::{near, packed};
/// let [one, other] = [[3.0, 4.0], [4.0, 3.0]].map(|vector| packed(&vector).unwrap());
/// assert_eq!(one.len(), 4 + 2);
/// assert!((near(&one, &other) - 0.96).abs() < 0.01);
/// assert_eq!(packed(&[0.0, f32::NAN]), None);
/// ```
pub fn packed(vector: &[f32]) -> Option<Vec<u8>> {
    let highest = vector.iter().fold(0.0_f32, |highest, component| highest.max(component.abs()));
    // The largest is taken first: squares of what is left cannot be too large, or all be nothing.
    let shares = || vector.iter().map(|component| f64::from(*component) / f64::from(highest));
    let length = shares().map(|share| share * share).sum::<f64>().sqrt();
    if !length.is_finite() || highest == 0.0 {
        return None;
    }
    let mut bytes = Vec::with_capacity(SCALE_BYTES + vector.len());
    bytes.extend(((1.0 / (127.0 * length)) as f32).to_le_bytes());
    bytes.extend(shares().map(|share| (share * 127.0).round() as i8 as u8));
    Some(bytes)
}

/// How many bytes a packed vector of so many components has.
pub fn packed_length(dimensions: usize) -> usize {
    SCALE_BYTES + dimensions
}

/// How many components a packed vector has.
pub fn dimensions(packed: &[u8]) -> usize {
    packed.len().saturating_sub(SCALE_BYTES)
}

/// The cosine of the angle between two packed vectors of the same length.
pub fn near(one: &[u8], other: &[u8]) -> f32 {
    let (Some((one_scale, one)), Some((other_scale, other))) =
        (one.split_first_chunk::<SCALE_BYTES>(), other.split_first_chunk::<SCALE_BYTES>())
    else {
        return 0.0;
    };
    // In whole numbers: the same in whatever order an engine adds them up.
    let products = one.iter().zip(other).map(|(one, other)| i32::from(*one as i8) * i32::from(*other as i8));
    products.sum::<i32>() as f32 * f32::from_le_bytes(*one_scale) * f32::from_le_bytes(*other_scale)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_keeps_its_direction(
            one in prop::collection::vec(-1.0_f32..1.0, 16),
            other in prop::collection::vec(-1.0_f32..1.0, 16),
            scale in prop::sample::select(vec![1e-30_f32, 1.0, 1e30]),
        ) {
            let dot = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            let cosine = dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt();
            let scaled: Vec<f32> = one.iter().map(|component| component * scale).collect();
            let (Some(one), Some(other)) = (packed(&scaled), packed(&other)) else { return Ok(()) };
            prop_assert!((f64::from(near(&one, &other)) - cosine).abs() < 0.02);
        }
    }

    #[test]
    fn what_has_no_direction_is_no_vector() {
        for vector in [&[][..], &[0.0, 0.0], &[1.0, f32::NAN], &[f32::INFINITY, 1.0]] {
            assert_eq!(packed(vector), None, "{vector:?}");
        }
        let same = packed(&[f32::MAX, f32::MAX]).unwrap();
        assert!((near(&same, &same) - 1.0).abs() < 0.01);
        assert_eq!((dimensions(&same), dimensions(&[]), near(&same, &[])), (2, 0, 0.0));
    }
}
