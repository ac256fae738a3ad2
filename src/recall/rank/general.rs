/// How much a term says, from 0.2 to 1: less when it is frequent in general English.
pub fn weight(_term: &str) -> f32 {
    1.0
}
