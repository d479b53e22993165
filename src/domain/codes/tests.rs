use super::*;

fn tables() -> CodeTables {
    CodeTables::with(&[]).unwrap()
}

/// A handful of lesions, as an operator's file has them.
fn imported() -> CodeTables {
    let text = "# version: ADICAP 5.04\n[adicap_lesion]\nA7A0\tAdénocarcinome invasif\nA7B5\tAdénocarcinome papillaire\n\
                7600\tInflammation chronique\nBL0211\tLangue fissurée\n";
    CodeTables::with(&[("lesions.tsv".into(), text.into())]).unwrap()
}

fn codes(found: &[Coded]) -> Vec<&str> {
    found.iter().map(|one| one.code.as_str()).collect()
}

#[test]
fn a_code_is_known_however_it_is_spaced() {
    use CodeSystem::*;
    for (system, typed, code) in [
        (Topography, "c509", Some("C50.9")),
        (Topography, " C50.9 ", Some("C50.9")),
        (Topography, "C50", None),
        (Topography, "C50.7", None),
        (Topography, "Sein", None),
        (Morphology, "8500/3", Some("8500/3")),
        (Morphology, "M-85003", Some("8500/3")),
        (Morphology, "8500/32", Some("8500/32")),
        (Morphology, "8500/6", Some("8500/6")),
        (Morphology, "8500/5", None),
        (Morphology, "8500", None),
        (Morphology, "1234/3", None),
        (Morphology, "8500/3222", None),
        (Adicap, "bh gs a7a0", Some("BHGSA7A0")),
        (Adicap, "BHGSZZZZ", Some("BHGSZZZZ")),
        (Adicap, "BHGS", None),
        (Adicap, "BHQQA7A0", None),
        (Adicap, "ÉHGSA7A0", None),
        (Adicap, "", None),
    ] {
        let found = tables().resolve(system, typed).map(|one| one.code);
        assert_eq!(found.as_deref(), code, "{typed:?}");
    }
}

#[test]
fn a_whole_code_says_what_each_part_stands_for_and_from_which_tables() {
    let sein = tables().resolve(CodeSystem::Adicap, "BHGSA7A0").unwrap();
    assert_eq!(
        sein.fr.as_deref(),
        Some("Biopsie au bistouri · Histologie ou cytologie incluse · Sein")
    );
    let whole = imported();
    let sein = whole.resolve(CodeSystem::Adicap, "BHGSA7A0").unwrap();
    assert!(sein.fr.unwrap().ends_with("Adénocarcinome invasif"));
    assert_eq!(sein.version, "2026-11 + ADICAP 5.04");
    let of_organ = |code| whole.resolve(CodeSystem::Adicap, code).is_some();
    assert!(of_organ("BHBL0211") && !of_organ("BHGS0211") && !of_organ("BHGSZZZZ"));
}

#[test]
fn what_is_typed_finds_its_code() {
    use CodeSystem::*;
    for (system, typed, first) in [
        (Topography, "sein", "C50.9"),
        (Topography, "oesophage", "C15.9"),
        (Topography, "œsoph", "C15.9"),
        (Topography, "prostat", "C61.9"),
        (Topography, "C61", "C61.9"),
        (Topography, "lymph node axillary", "C77.3"),
        (Morphology, "melanome", "8720/3"),
        (Morphology, "mélanmoe nodulaire", "8721/3"),
        (Morphology, "carcinome lobulaire infiltrant", "8520/3"),
        (Morphology, "seminoma", "9061/3"),
        (Morphology, "hemangioma", "9120/0"),
        (Morphology, "8520/2", "8520/2"),
        (Morphology, "8520/5", "8520/2"),
        (Adicap, "B", "BA??????"),
        (Adicap, "BH", "BHAA????"),
        (Adicap, "BH prostate", "BHHP????"),
        (Adicap, "sein", "??GS????"),
        (Adicap, "BHGZ", "BHGZ????"),
    ] {
        let found = tables().search(system, typed, None, 5);
        assert_eq!(
            codes(&found).first().copied().unwrap_or("nothing"),
            first,
            "{typed:?}: {found:?}"
        );
    }
    for nothing in [
        "",
        " ",
        "de la",
        "xyzzy",
        "?",
        "????????",
        "123456789",
        "\u{0}",
    ] {
        assert_eq!(
            tables().search(Morphology, nothing, None, 5),
            [],
            "{nothing:?}"
        );
    }
}

#[test]
fn an_imported_table_is_searched_part_by_part() {
    let tables = imported();
    let found = |typed| tables.search(CodeSystem::Adicap, typed, None, 5);
    assert_eq!(codes(&found("BHGSA")), ["BHGSA7A0", "BHGSA7B5"]);
    assert_eq!(codes(&found("BHGS papilaire")), ["BHGSA7B5"]);
    assert_eq!(
        codes(&found("BHGSA7A1")),
        ["BHGSA7A0", "BHGSA7B5", "BHGS7600"]
    );
    assert_eq!(
        codes(&found("BHQQA7A0")).first().map(|code| code.len()),
        Some(8)
    );
    assert_eq!(codes(&found("adenocarcinome invasif")), ["????A7A0"]);
    let tongue = found("langue fissurée");
    assert_eq!(codes(&tongue).first(), Some(&"??BL0211"));
}

#[test]
fn morphologies_seen_at_the_site_come_first() {
    let tables = tables();
    let found = tables.search(CodeSystem::Morphology, "carcinome", Some("c739"), 500);
    let seen: Vec<bool> = codes(&found)
        .iter()
        .map(|code| tables.sites["C73.9"].contains(*code))
        .collect();
    let first_unseen = seen.iter().position(|seen| !seen).unwrap();
    assert!(
        first_unseen > 5 && !seen[first_unseen..].contains(&true),
        "{seen:?}"
    );
}

#[test]
fn a_file_that_is_no_table_is_refused_by_its_line() {
    for (text, line, what) in [
        ("A\tb", 1, "a code before its table"),
        ("[adicap_organ]\nGS\tSein", 2, "a code before the version"),
        ("# version: 1\n[organs]", 2, "there is no such table"),
        (
            "# version: 1\n[adicap_organ]\nGSX\tSein",
            3,
            "not written like a code of this table",
        ),
        (
            "# version: 1\n[icd_o_3_topography]\nC5.0",
            3,
            "not written like a code of this table",
        ),
    ] {
        let error = CodeTables::with(&[("own.tsv".into(), text.into())]).unwrap_err();
        assert_eq!(error.to_string(), format!("own.tsv, line {line}: {what}"));
    }
}
