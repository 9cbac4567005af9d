//! Line charts as SVG without scripts.
//!
//! A chart has no background and only medium colours, so it is readable on a light and on a dark page. The points on the
//! x axis are evenly spaced.

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

/// The width of the drawing and the height of one panel, in pixels.
const WIDTH: u32 = 940;
const HEIGHT: u32 = 230;
/// The largest number of labels on the x axis; more would overlap.
const LABELS_MAX: usize = 8;
/// The height of the y axis relative to the largest value, without and with a legend, which is above the lines.
const HEADROOM: [f64; 2] = [1.1, 1.4];
/// Points are marked if there are at most this many.
const POINTS_MAX: usize = 20;

const TEXT: RGBColor = RGBColor(128, 128, 128);
/// Colours that people with colour blindness can tell apart.
const COLOURS: [RGBColor; 6] = [
    RGBColor(51, 131, 201),
    RGBColor(217, 119, 6),
    RGBColor(147, 112, 186),
    RGBColor(200, 60, 70),
    RGBColor(150, 120, 40),
    RGBColor(40, 150, 130),
];

/// One chart of a drawing.
pub(crate) struct Panel {
    pub(crate) title: String,
    /// What the axes show, with the unit: first x, then y.
    pub(crate) axes: [&'static str; 2],
    /// The label of each point on the x axis.
    pub(crate) ticks: Vec<String>,
    /// At most as many as there are colours. Each has one value per tick.
    pub(crate) lines: Vec<Line>,
}

/// One line. A line without a name is not in the legend.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws panels in this many columns.
///
/// # Errors
/// The drawing library failed.
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
        let last = self.ticks.len().saturating_sub(1).max(1) as f64;
        let values = self.lines.iter().flat_map(|line| &line.values);
        let most = values.copied().fold(0.0, f64::max).max(1.0);
        let has_legend = self.lines.iter().any(|line| !line.name.is_empty());
        let top = most * HEADROOM[usize::from(has_legend)];
        let mut chart = ChartBuilder::on(area)
            .margin(10)
            .margin_right(30)
            .caption(&self.title, text(15))
            .x_label_area_size(40)
            .y_label_area_size(72)
            .build_cartesian_2d(0.0..last, 0.0..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TEXT.mix(0.0))
            .bold_line_style(TEXT.mix(0.25))
            .axis_style(TEXT)
            .label_style(text(12))
            .x_labels(self.ticks.len().min(LABELS_MAX))
            .x_label_formatter(&|position| self.tick_label(*position))
            .x_desc(self.axes[0])
            .y_desc(self.axes[1])
            .axis_desc_style(text(12))
            .y_labels(5)
            .y_label_formatter(&|value| number(*value))
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let drawn = chart.draw_series(self.line_series(line, colour))?;
            if !line.name.is_empty() {
                let sample =
                    move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
                drawn.label(line.name.clone()).legend(sample);
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .label_font(text(12))
            .draw()?;
        Ok(())
    }

    fn line_series<'a>(
        &self,
        line: &Line,
        colour: RGBColor,
    ) -> LineSeries<SVGBackend<'a>, (f64, f64)> {
        let points = line.values.iter().enumerate();
        let points = points.map(|(index, value)| (index as f64, *value));
        let series = LineSeries::new(points, colour.stroke_width(2));
        match self.ticks.len() <= POINTS_MAX {
            true => series.point_size(3),
            false => series,
        }
    }

    /// The label at a position; empty between two ticks.
    ///
    /// The library asks for labels at positions of its own choice, also between two points.
    fn tick_label(&self, position: f64) -> String {
        let near = position.round();
        let is_tick = (position - near).abs() < 1e-6 && near >= 0.0;
        let label = is_tick.then(|| self.ticks.get(near as usize)).flatten();
        label.cloned().unwrap_or_default()
    }
}

/// The shortest readable form. The library's own labels have a decimal each.
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
    fn a_drawing_has_every_line_and_every_tick_and_no_background() {
        let line = |name: &str, values: [f64; 3]| Line {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        let panel = Panel {
            title: "of three".to_owned(),
            axes: ["time, s", "requests per second"],
            ticks: ["one", "two", "three"].map(str::to_owned).to_vec(),
            lines: vec![
                line("done", [1.0, 2.0, 3.0]),
                line("refused", [0.0, 0.0, 5.0]),
            ],
        };
        let svg = draw(&[panel], 1).unwrap();
        for text in [
            "of three",
            "time, s",
            "requests per second",
            "one",
            "two",
            "three",
            "done",
            "refused",
        ] {
            assert!(svg.contains(&format!("\n{text}\n")), "no {text}: {svg}");
        }
        assert!(svg.matches("<polyline").count() >= 2, "{svg}");
        assert!(
            !svg.contains("#FFFFFF") && !svg.contains("#000000"),
            "{svg}"
        );
    }
}
