//! What of a slide lies on the same spot: focal planes, one above the other, and optical paths, the same tissue in another light.

use serde::Serialize;

/// Most focal planes that are shown.
pub const PLANES_MAX: usize = 128;
/// Most optical paths that are shown.
pub const PATHS_MAX: usize = 64;

/// An optical path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpticalPath {
    /// What its source calls it: `1`, `DAPI`.
    pub identifier: String,
    /// Wavelength of its light, nanometres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wavelength_nanometres: Option<f64>,
}

/// A focal plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FocalPlane {
    /// How high above the reference of the slide, micrometres; none where only the order of the planes is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micrometres: Option<f64>,
}

/// The optical paths and focal planes of a slide: every path is shown at every plane, or at its own nearest one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layers {
    /// Paths, in the order of the source; of a slide that names none, one.
    pub optical_paths: Vec<OpticalPath>,
    /// Planes, the lowest first.
    pub focal_planes: Vec<FocalPlane>,
    /// The plane that is shown first.
    pub focal_plane_shown: usize,
}

impl Layers {
    /// Of a slide that has one of each.
    pub fn single() -> Self {
        Self {
            optical_paths: vec![OpticalPath {
                identifier: "1".to_owned(),
                wavelength_nanometres: None,
            }],
            focal_planes: vec![FocalPlane { micrometres: None }],
            focal_plane_shown: 0,
        }
    }

    /// Of those; the plane in the middle is the one that a scanner focused on.
    pub fn of(optical_paths: Vec<OpticalPath>, focal_planes: Vec<FocalPlane>) -> Self {
        Self {
            focal_plane_shown: focal_planes.len() / 2,
            optical_paths,
            focal_planes,
        }
    }

    /// The number of a layer.
    pub fn number(&self, path: usize, plane: usize) -> Option<usize> {
        let known = path < self.optical_paths.len() && plane < self.focal_planes.len();
        known.then(|| path * self.focal_planes.len() + plane)
    }

    /// The number of the layer that is shown first.
    pub fn shown(&self) -> usize {
        self.focal_plane_shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_every_plane_and_the_one_in_the_middle_is_shown_first() {
        let path = |identifier: &str| OpticalPath {
            identifier: identifier.to_owned(),
            wavelength_nanometres: None,
        };
        let plane = |micrometres| FocalPlane {
            micrometres: Some(micrometres),
        };
        let layers = Layers::of(
            vec![path("DAPI"), path("FITC")],
            [-1.0, 0.0, 1.0].map(plane).to_vec(),
        );
        assert_eq!(layers.shown(), 1);
        assert_eq!(layers.number(0, 0), Some(0));
        assert_eq!(layers.number(1, 2), Some(5));
        assert_eq!((layers.number(2, 0), layers.number(0, 3)), (None, None));
        assert_eq!(
            Layers::single().number(0, Layers::single().shown()),
            Some(0)
        );
    }
}
