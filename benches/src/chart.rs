//! Lines over evenly spaced places, as SVG: for a page, without a script, readable on light and on dark.
//!
//! There is no background, and every colour is a middle tone.

use anyhow::{Result, anyhow};
use indicatif::HumanCount;
use plotters::{
    chart::{ChartBuilder, SeriesLabelPosition},
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::PathElement,
    prelude::SVGBackend,
    series::LineSeries,
    style::{Color, IntoFont, RGBColor, TextStyle},
};

/// The drawing's width and a panel's height, in pixels.
const WIDTH: u32 = 940;
const HEIGHT: u32 = 230;
/// Marks on the axis of places at most: more would overlap.
const MARKS_MAX: usize = 8;
/// Room above the highest point, without and with a legend, which stands there.
const HEADROOM: [f64; 2] = [1.1, 1.4];
/// Points are shown as such while they are few.
const POINTS_MAX: usize = 20;

const TEXT: RGBColor = RGBColor(128, 128, 128);
/// Told apart by those who see no red or no green as well.
const COLOURS: [RGBColor; 3] = [
    RGBColor(51, 131, 201),
    RGBColor(217, 119, 6),
    RGBColor(147, 112, 186),
];

/// One drawing.
pub(crate) struct Panel {
    pub(crate) title: String,
    /// What stands below each place.
    pub(crate) places: Vec<String>,
    /// At most as many as there are colours; all as long as the places.
    pub(crate) lines: Vec<Line>,
}

/// One line. Without a name it has no legend.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<f64>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws panels, so many beside each other.
///
/// # Errors
/// The library's.
pub(crate) fn draw(panels: &[Panel], columns: usize) -> Result<String> {
    let columns = columns.max(1);
    let rows = panels.len().div_ceil(columns);
    let size = (WIDTH, HEIGHT * u32::try_from(rows)?);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        for (panel, area) in panels.iter().zip(root.split_evenly((rows, columns))) {
            panel
                .draw(&area)
                .map_err(|error| anyhow!("drawing {}: {error}", panel.title))?;
        }
        root.present()
            .map_err(|error| anyhow!("drawing: {error}"))?;
    }
    Ok(svg)
}

impl Panel {
    fn draw(&self, area: &Area<'_>) -> Result<(), Box<dyn std::error::Error>> {
        let last = self.places.len().saturating_sub(1).max(1) as f64;
        let values = self.lines.iter().flat_map(|line| &line.values);
        let most = values.copied().fold(0.0, f64::max).max(1.0);
        let has_legend = self.lines.iter().any(|line| !line.name.is_empty());
        let top = most * HEADROOM[usize::from(has_legend)];
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(30)
            .caption(&self.title, text(15))
            .x_label_area_size(24)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..last, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TEXT.mix(0.0))
            .bold_line_style(TEXT.mix(0.25))
            .axis_style(TEXT)
            .label_style(text(12))
            .x_labels(self.places.len().min(MARKS_MAX))
            .x_label_formatter(&|place| self.place(*place))
            .y_labels(5)
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let points = line.values.iter().enumerate();
            let points = points.map(|(place, value)| (place as f64, *value));
            let mut series = LineSeries::new(points, colour.stroke_width(2));
            if self.places.len() <= POINTS_MAX {
                series = series.point_size(3);
            }
            let drawn = chart.draw_series(series)?;
            if !line.name.is_empty() {
                let sample =
                    move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
                drawn.label(line.name).legend(sample);
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(text(12))
            .draw()?;
        Ok(())
    }

    /// What stands at a place; nothing between two.
    fn place(&self, place: f64) -> String {
        let near = place.round();
        let is_place = (place - near).abs() < 1e-6 && near >= 0.0;
        let name = is_place.then(|| self.places.get(near as usize)).flatten();
        name.cloned().unwrap_or_default()
    }
}

/// As short as it can be read: plotters' own have a decimal each.
fn number(value: f64) -> String {
    match value {
        value if value == value.round() => HumanCount(value as u64).to_string(),
        value => format!("{value:.1}"),
    }
}

fn text(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_every_line_and_every_place_and_no_background() {
        let line = |name, values: [f64; 3]| Line {
            name,
            values: values.to_vec(),
        };
        let panel = Panel {
            title: "of three".to_owned(),
            places: ["one", "two", "three"].map(str::to_owned).to_vec(),
            lines: vec![
                line("done", [1.0, 2.0, 3.0]),
                line("refused", [0.0, 0.0, 5.0]),
            ],
        };
        let svg = draw(&[panel], 1).unwrap();
        for text in ["of three", "one", "two", "three", "done", "refused"] {
            assert!(svg.contains(&format!("\n{text}\n")), "no {text}: {svg}");
        }
        assert!(svg.matches("<polyline").count() >= 2, "{svg}");
        assert!(
            !svg.contains("#FFFFFF") && !svg.contains("#000000"),
            "{svg}"
        );
    }
}
