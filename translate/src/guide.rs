#![doc = "[concepts]: crate::guide::concepts"]
#![doc = "[migrating]: crate::guide::migrating"]
#![doc = "[dialects]: crate::guide::dialects"]
#![doc = "[options]: crate::guide::options"]
#![doc = "[diagnostics]: crate::guide::diagnostics"]
#![doc = "[security]: crate::guide::security"]
#![doc = "[sizes]: crate::guide::sizes"]
#![doc = "[snapshots]: crate::guide::snapshots"]
#![doc = "[controller]: crate::guide::controller"]
#![doc = "[extending]: crate::guide::extending"]
#![doc = ""]
#![doc = include_str!("../guide/README.md")]

/// The chapters lead to each other as files do. Of two definitions of one link the first counts: here they lead to modules.
macro_rules! chapter {
    ($name:ident, $file:literal) => {
        #[doc = "[concepts]: crate::guide::concepts"]
        #[doc = "[migrating]: crate::guide::migrating"]
        #[doc = "[dialects]: crate::guide::dialects"]
        #[doc = "[options]: crate::guide::options"]
        #[doc = "[diagnostics]: crate::guide::diagnostics"]
        #[doc = "[security]: crate::guide::security"]
        #[doc = "[sizes]: crate::guide::sizes"]
        #[doc = "[snapshots]: crate::guide::snapshots"]
        #[doc = "[controller]: crate::guide::controller"]
        #[doc = "[extending]: crate::guide::extending"]
        #[doc = ""]
        #[doc = include_str!($file)]
        pub mod $name {}
    };
}

chapter!(concepts, "../guide/concepts.md");
chapter!(migrating, "../guide/migrating.md");
chapter!(dialects, "../guide/dialects.md");
chapter!(options, "../guide/options.md");
chapter!(diagnostics, "../guide/diagnostics.md");
chapter!(security, "../guide/security.md");
chapter!(sizes, "../guide/sizes.md");
chapter!(snapshots, "../guide/snapshots.md");
chapter!(controller, "../guide/controller.md");
chapter!(extending, "../guide/extending.md");
