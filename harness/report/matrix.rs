//! Requirement × build × browser, as a table that reports show.

use super::{BrowserInfo, BuildInfo, Claim, Proof, RequirementResult, Results};

/// The table.
#[derive(Debug)]
pub struct Matrix<'r> {
    /// What stands over the cells: each build in each browser that has a verdict of it.
    pub columns: Vec<(&'r BuildInfo, &'r BrowserInfo)>,
    /// In the order of the catalogue.
    pub rows: Vec<Row<'r>>,
}

/// A requirement.
#[derive(Debug)]
pub struct Row<'r> {
    /// Requirement.
    pub id: &'r str,
    /// What it claims.
    pub claim: Option<&'r Claim>,
    /// A cell a column; `None`: nothing is claimed of that library.
    pub cells: Vec<Option<&'r RequirementResult>>,
}

impl<'r> Matrix<'r> {
    /// The requirements of a run that count in it: see [`Results::counts`].
    pub fn of(results: &'r Results) -> Matrix<'r> {
        let builds = results.builds.iter();
        let columns: Vec<_> = builds
            .flat_map(|build| results.browsers.iter().map(move |browser| (build, browser)))
            .collect();
        let mut rows: Vec<Row<'r>> = Vec::new();
        for row in &results.requirements {
            let column = columns.iter().position(|(build, browser)| {
                build.name == row.build && browser.name == row.browser
            });
            let Some(column) = column else { continue };
            let at = rows.iter().position(|known| known.id == row.id);
            let at = at.unwrap_or_else(|| {
                rows.push(Row {
                    id: &row.id,
                    claim: results.claim(&row.id),
                    cells: vec![None; columns.len()],
                });
                rows.len() - 1
            });
            if let Some(cell) = rows
                .get_mut(at)
                .and_then(|known| known.cells.get_mut(column))
            {
                *cell = Some(row);
            }
        }
        rows.retain(|row| row.cells.iter().flatten().any(|cell| results.counts(cell)));
        let place = |id: &str| results.claims.iter().position(|claim| claim.id == id);
        rows.sort_by_key(|row| place(row.id).unwrap_or(usize::MAX));
        Matrix { columns, rows }
    }
}

impl Row<'_> {
    /// Whether a person must look at it: violated and not as known, or proven by nothing that ran.
    pub fn is_fine(&self, results: &Results) -> bool {
        let mut counted = self
            .cells
            .iter()
            .flatten()
            .filter(|cell| results.counts(cell));
        counted.all(|cell| cell.expected && cell.verdict != Proof::Unproven)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn ids<'r>(rows: impl Iterator<Item = &'r Row<'r>>) -> Vec<&'r str> {
        rows.map(|row| row.id).collect()
    }

    #[test]
    fn it_has_what_counts_in_the_order_of_the_catalogue() {
        let mut results = sample::results();
        results.requirements.reverse();
        let matrix = Matrix::of(&results);
        assert_eq!(
            ids(matrix.rows.iter()),
            ["POST-03", "POST-12", "POST-13", "T-01"],
            "POST-15 is not for a browser, BUF-01 is not documented"
        );
        let not_fine = matrix.rows.iter().filter(|row| !row.is_fine(&results));
        assert_eq!(ids(not_fine), ["POST-03", "T-01"]);
    }

    #[test]
    fn a_requirement_of_one_library_has_no_cell_for_the_other() {
        let mut results = sample::results();
        results.builds.push(BuildInfo {
            name: "alloy@2.33.1".into(),
            ..results.builds[0].clone()
        });
        let matrix = Matrix::of(&results);
        let cells: Vec<bool> = matrix.rows[0].cells.iter().map(Option::is_some).collect();
        assert_eq!(cells, [true, false]);
    }
}
