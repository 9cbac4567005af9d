//! What Likewise and its simulator cost: see `benches/benches/`, and `benches/README.md` for how
//! to read the figures.
