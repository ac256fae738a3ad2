use super::weights::{NEAR_ENOUGH, NEIGHBOURS};

/// How near passages are to a query by what they mean: the cosines of their vectors, made comparable with the other parts of a score.
///
/// Models differ in which cosines they give: of some all are between 0.7 and 0.9. So what counts is by how many standard deviations
/// of all passages asked one is nearer than the mean. A passage without a vector counts as the mean. Those before and behind it
/// count, too, since an answer of a few words has its meaning from them.
///
/// ```
/// use conversation_memory::recall::rank::Nearness;
/// let nearness = Nearness::of(vec![vec![Some(0.9), None], vec![Some(0.7)]], 1.0);
/// assert!(nearness.units(0)[0] > nearness.units(0)[1] && nearness.units(0)[1] > nearness.units(1)[0]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nearness {
    // Of each conversation, in the order in which they are asked, and of each of its units.
    conversations: Vec<Vec<f32>>,
    /// A unit to which it gives so much is found for that alone.
    pub enough: f32,
}

impl Nearness {
    /// Of these cosines: of each conversation, and of each of its units; none where there is no vector. `weight` is what a standard
    /// deviation counts for: [`weights::NEARNESS`](super::weights::NEARNESS), except to find out which is best.
    pub fn of(cosines: Vec<Vec<Option<f32>>>, weight: f32) -> Self {
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for cosine in cosines.iter().flatten().flatten() {
            let cosine = f64::from(*cosine);
            (count, sum, squares) = (count + 1.0, sum + cosine, squares + cosine * cosine);
        }
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        let variance = if count > 0.0 { squares / count - mean * mean } else { 0.0 };
        // Three independent numbers that are added as here vary more. Where all are as near nothing is to be told apart.
        let variance = variance * f64::from(1.0 + 2.0 * NEIGHBOURS * NEIGHBOURS);
        let scale = if variance > 1e-12 { f64::from(weight) / variance.sqrt() } else { 0.0 };
        let with_neighbours = |cosines: Vec<Option<f32>>| {
            let mut near = vec![0.0; cosines.len()];
            for (at, cosine) in cosines.into_iter().enumerate() {
                let own = cosine.map_or(0.0, |cosine| ((f64::from(cosine) - mean) * scale) as f32);
                let around = near.iter_mut().enumerate().skip(at.saturating_sub(1)).take(if at > 0 { 3 } else { 2 });
                around.for_each(|(index, near)| *near += if index == at { own } else { NEIGHBOURS * own });
            }
            near
        };
        Self { conversations: cosines.into_iter().map(with_neighbours).collect(), enough: weight * NEAR_ENOUGH }
    }

    /// What it gives the units of the conversation at this index; nothing where there are no vectors.
    pub fn units(&self, index: usize) -> &[f32] {
        self.conversations.get(index).map_or(&[], Vec::as_slice)
    }

    /// The most that it gives one of them.
    pub fn highest(&self, index: usize) -> f32 {
        self.units(index).iter().fold(0.0, |highest, near| highest.max(*near))
    }
}
