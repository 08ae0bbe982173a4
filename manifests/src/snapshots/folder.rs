use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What of a folder matters here, sorted by name.
pub(super) struct Folder {
    /// The `NAME.in.yaml`.
    pub(super) inputs: Vec<PathBuf>,
    /// The `NAME.out.yaml` and `NAME.out.yaml.new` without one.
    pub(super) orphans: Vec<PathBuf>,
}

impl Folder {
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            // A name that is no text ends in none of the suffixes that matter here, or belongs to somebody else.
            names.extend(name.to_str().map(str::to_owned));
        }
        let is_orphan = |name: &str| {
            let stem = name.strip_suffix(".out.yaml").or_else(|| name.strip_suffix(".out.yaml.new"));
            stem.is_some_and(|stem| !names.contains(&format!("{stem}.in.yaml")))
        };
        let all = |is_wanted: &dyn Fn(&str) -> bool| {
            names.iter().filter(|name| is_wanted(name)).map(|name| folder.join(name)).collect()
        };
        Ok(Folder { inputs: all(&|name| name.ends_with(".in.yaml")), orphans: all(&is_orphan) })
    }
}
