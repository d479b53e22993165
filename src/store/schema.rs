//! The tables as diesel sees them, the same on both databases (a test compares them with what the migrations make).
#![expect(
    missing_docs,
    reason = "the migrations are where tables and columns are explained"
)]

diesel::table! {
    networks (id) {
        id -> Text,
        name -> Text,
        territory -> Text,
        routes_at_once -> Bool,
        weekly_hours -> Text,
        customary_holidays -> Bool,
        closures -> Text,
        territories -> Text,
        subspecialties -> Text,
        requires_ins -> Bool,
        version -> BigInt,
        on_call_hours -> Text,
    }
}

diesel::table! {
    agreements (id) {
        id -> Text,
        from_network -> Text,
        to_network -> Text,
        subspecialties -> Text,
        urgencies -> Text,
        valid_from -> Text,
        valid_until -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    laboratories (id) {
        id -> Text,
        name -> Text,
        commune -> Text,
        territory -> Text,
        network_id -> Text,
        finess -> Nullable<Text>,
        local_number -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    slide_sources (id) {
        id -> Text,
        laboratory_id -> Text,
        name -> Text,
        kind -> Text,
        base_url -> Text,
        internal -> Bool,
        sealed_credentials -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    pool_stamp (id) {
        id -> Integer,
        stamp -> Text,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        login -> Text,
        email -> Text,
        display_name -> Text,
        language -> Text,
        zone -> Text,
        rpps -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        active -> Bool,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    memberships (id) {
        person_id -> Text,
        role -> Text,
        laboratory_id -> Nullable<Text>,
        network_id -> Nullable<Text>,
        id -> Text,
    }
}

diesel::table! {
    expert_profiles (person_id) {
        person_id -> Text,
        network_id -> Text,
        primary_subspecialty -> Text,
        other_subspecialties -> Text,
        languages -> Text,
        capacity_per_day -> Integer,
        weekly_hours -> Text,
        zone -> Text,
        version -> Integer,
    }
}

diesel::table! {
    absences (id) {
        id -> Text,
        person_id -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    duties (id) {
        id -> Text,
        network_id -> Text,
        expert_id -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
    }
}

diesel::table! {
    recusals (id) {
        id -> Text,
        expert_id -> Text,
        laboratory_id -> Text,
        reason -> Text,
        starts_at -> BigInt,
        ends_at -> Nullable<BigInt>,
        declared_by -> Text,
        declared_at -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Text,
        family_id -> Text,
        person_id -> Text,
        token_hash -> Text,
        issued_at -> BigInt,
        expires_at -> BigInt,
        family_started_at -> BigInt,
        used_at -> Nullable<BigInt>,
        successor_id -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    login_failures (id) {
        id -> Text,
        subject -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    presence_proofs (id) {
        id -> Text,
        proof_hash -> Text,
        person_id -> Text,
        family_id -> Text,
        case_id -> Text,
        command -> Text,
        payload_sha256 -> Text,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    case_numbers (year) {
        year -> Integer,
        last_number -> BigInt,
    }
}

diesel::table! {
    cases (id) {
        id -> Text,
        reference -> Text,
        version -> BigInt,
        state -> Text,
        waiting_for -> Nullable<Text>,
        laboratory_id -> Text,
        network_id -> Text,
        territory -> Text,
        submitter_id -> Text,
        expert_id -> Nullable<Text>,
        subspecialty -> Nullable<Text>,
        urgency -> Text,
        question -> Text,
        content -> Text,
        initial_status -> Nullable<Text>,
        slide_count -> Integer,
        cycle -> Integer,
        submitted_at -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
        warning_at -> Nullable<BigInt>,
        sort_at -> BigInt,
        pauses -> Text,
        offer_expires_at -> Nullable<BigInt>,
        withdrawal_requested -> Bool,
        acknowledgement -> Nullable<Text>,
        contested_reason -> Nullable<Text>,
        outcome -> Nullable<Text>,
        unrouted -> Nullable<Text>,
        signed_at -> Nullable<BigInt>,
        updated_at -> BigInt,
        created_at -> BigInt,
        panel -> Nullable<Text>,
        follows -> Nullable<Text>,
    }
}

diesel::table! {
    case_patients (case_id) {
        case_id -> Text,
        sealed -> Text,
    }
}

diesel::table! {
    case_words (word, case_id) {
        word -> Text,
        case_id -> Text,
    }
}

diesel::table! {
    specimens (id) {
        id -> Text,
        case_id -> Text,
        position -> Integer,
        label -> Text,
        site -> Text,
        procedure_kind -> Text,
    }
}

diesel::table! {
    blocks (id) {
        id -> Text,
        specimen_id -> Text,
        position -> Integer,
        label -> Text,
    }
}

diesel::table! {
    slides (id) {
        id -> Text,
        case_id -> Text,
        block_id -> Text,
        position -> Integer,
        label -> Text,
        stain -> Text,
    }
}

diesel::table! {
    slide_links (slide_id) {
        slide_id -> Text,
        source_id -> Text,
        location -> Text,
        unreadable_because -> Nullable<Text>,
        checked_at -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        facts -> Nullable<Text>,
    }
}

diesel::table! {
    attachments (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        title -> Text,
        media_type -> Text,
        byte_length -> BigInt,
        sha256 -> Text,
        added_by -> Text,
        added_at -> BigInt,
    }
}

diesel::table! {
    assignments (id) {
        id -> Text,
        case_id -> Text,
        expert_id -> Text,
        network_id -> Text,
        agreement_id -> Nullable<Text>,
        state -> Text,
        cycle -> Integer,
        offered_at -> BigInt,
        expires_at -> BigInt,
        answered_at -> Nullable<BigInt>,
        ended_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        expected_answer_at -> Nullable<BigInt>,
        reading_minutes -> Integer,
        explanation -> Text,
    }
}

diesel::table! {
    case_requests (id) {
        id -> Text,
        case_id -> Text,
        pause -> Text,
        kind -> Text,
        detail -> Text,
        opened_by -> Text,
        opened_at -> BigInt,
        reply -> Nullable<Text>,
        closed_by -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    opinion_drafts (case_id, expert_id) {
        case_id -> Text,
        expert_id -> Text,
        content -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    opinions (id) {
        id -> Text,
        case_id -> Text,
        version -> Integer,
        kind -> Text,
        cycle -> Integer,
        content -> Text,
        sha256 -> Text,
        follows_id -> Nullable<Text>,
        reason -> Nullable<Text>,
        signer_id -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    work_done (opinion_id) {
        opinion_id -> Text,
        expert_id -> Text,
        signed_at -> BigInt,
        minutes -> Integer,
    }
}

diesel::table! {
    case_events (id) {
        id -> Text,
        case_id -> Text,
        version -> BigInt,
        at -> BigInt,
        command -> Text,
        actor_id -> Nullable<Text>,
        relation -> Text,
        state -> Text,
        clock -> Text,
        facts -> Text,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Text,
        at -> BigInt,
        person_id -> Nullable<Text>,
        relation -> Text,
        action -> Text,
        case_id -> Nullable<Text>,
        outcome -> Text,
        request_id -> Nullable<Text>,
        subject_kind -> Nullable<Text>,
        subject_id -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        topic -> Text,
        case_id -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> BigInt,
        attempt -> Integer,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        webhook_id -> Nullable<Text>,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        version -> BigInt,
        network_id -> Text,
        name -> Text,
        url -> Text,
        internal -> Bool,
        kinds -> Text,
        active -> Bool,
        stopped_because -> Nullable<Text>,
        sealed_secrets -> Text,
        previous_until -> Nullable<BigInt>,
        failures -> Integer,
        failing_since -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    idempotency_records (person_id, idempotency_key) {
        person_id -> Text,
        idempotency_key -> Text,
        fingerprint -> Text,
        status -> Integer,
        subject_id -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    signing_authorities (id) {
        id -> Text,
        active -> Bool,
        certificate -> Text,
        sealed_key -> Text,
        not_before -> BigInt,
        not_after -> BigInt,
        registered_as -> Nullable<Text>,
        withdrawn_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_requests (person_id) {
        person_id -> Text,
        key_id -> Text,
        point -> Text,
        sealed_key -> Text,
        token_key -> Nullable<Text>,
        made_at -> BigInt,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        person_id -> Text,
        authority_id -> Text,
        certificate -> Text,
        sealed_key -> Text,
        not_before -> BigInt,
        not_after -> BigInt,
        revoked_at -> Nullable<BigInt>,
        token_key -> Nullable<Text>,
        between_them -> Text,
    }
}

diesel::table! {
    opinion_signatures (opinion_id) {
        opinion_id -> Text,
        key_id -> Text,
        jades -> Text,
        sha256 -> Text,
    }
}

diesel::table! {
    case_instructions (case_id, expert_id) {
        case_id -> Text,
        expert_id -> Text,
        kind -> Text,
        reason -> Text,
        given_by -> Text,
        given_at -> BigInt,
    }
}

diesel::table! {
    slide_views (id) {
        id -> Text,
        session_id -> Text,
        person_id -> Text,
        case_id -> Text,
        slide_id -> Text,
        opened_at -> BigInt,
        seconds -> BigInt,
        finest_nanometres -> Nullable<BigInt>,
        light_seconds -> BigInt,
    }
}

diesel::table! {
    annotations (id) {
        id -> Text,
        case_id -> Text,
        slide_id -> Text,
        author_id -> Text,
        version -> BigInt,
        content -> Text,
        batch_id -> Nullable<Text>,
        created_at -> BigInt,
        changed_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    annotation_events (annotation_id, version) {
        annotation_id -> Text,
        version -> BigInt,
        action -> Text,
        person_id -> Text,
        at -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    panels (id) {
        id -> Text,
        case_id -> Text,
        cycle -> Integer,
        readers -> Integer,
        reason -> Text,
        convened_by -> Text,
        convened_at -> BigInt,
        revealed_at -> Nullable<BigInt>,
        closed_by -> Nullable<Text>,
        closed_reason -> Nullable<Text>,
        promise -> Nullable<Text>,
    }
}

diesel::table! {
    panel_seats (panel_id, number) {
        panel_id -> Text,
        number -> Integer,
        case_id -> Text,
        expert_id -> Text,
        laboratory_id -> Nullable<Text>,
        state -> Text,
        invited_at -> BigInt,
        answered_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        comment -> Nullable<Text>,
        answer_by -> Nullable<BigInt>,
        due_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    panel_seat_steps (panel_id, number, step) {
        panel_id -> Text,
        number -> Integer,
        step -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    panel_readings (id) {
        id -> Text,
        panel_id -> Text,
        seat -> Integer,
        content -> Text,
        sha256 -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    panel_positions (id) {
        id -> Text,
        panel_id -> Text,
        seat -> Integer,
        opinion_id -> Text,
        stance -> Text,
        reason -> Nullable<Text>,
        signed_at -> BigInt,
    }
}

diesel::table! {
    case_escalations (case_id, cycle, act) {
        case_id -> Text,
        cycle -> Integer,
        act -> Text,
        outcome -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    case_notices (case_id, cycle, kind) {
        case_id -> Text,
        cycle -> Integer,
        kind -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    proposals (id) {
        id -> Text,
        network_id -> Text,
        state -> Text,
        content -> Text,
        made_by -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    target_policies (id) {
        id -> Text,
        network_id -> Text,
        version -> Integer,
        urgency -> Text,
        subspecialty -> Nullable<Text>,
        counts -> Text,
        answer_minutes -> Integer,
        first_response_minutes -> Integer,
        warning_minutes -> Integer,
        valid_from -> BigInt,
        valid_until -> Nullable<BigInt>,
        made_by -> Text,
        made_at -> BigInt,
        request -> Text,
    }
}

diesel::table! {
    choice_policies (network_id, version) {
        network_id -> Text,
        version -> Integer,
        content -> Text,
        made_by -> Text,
        made_at -> BigInt,
    }
}

diesel::table! {
    opinion_timestamps (opinion_id) {
        opinion_id -> Text,
        token -> Text,
        attested_at -> BigInt,
        authority -> Text,
    }
}

diesel::table! {
    answered_cycles (case_id, cycle) {
        case_id -> Text,
        cycle -> Integer,
        network_id -> Text,
        expert_id -> Text,
        urgency -> Text,
        subspecialty -> Nullable<Text>,
        territory -> Text,
        initial_status -> Nullable<Text>,
        concordance -> Nullable<Text>,
        started_at -> BigInt,
        signed_at -> BigInt,
        working_seconds -> BigInt,
        within_target -> Bool,
    }
}

diesel::table! {
    transparency_log (id) {
        id -> Integer,
        origin -> Text,
        public_key -> Text,
        sealed_key -> Text,
        size -> BigInt,
        checkpoint -> Text,
    }
}

diesel::table! {
    transparency_entries (position) {
        position -> BigInt,
        entry -> Binary,
    }
}

diesel::table! {
    transparency_tiles (level, number) {
        level -> Integer,
        number -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    transparency_salts (opinion_id) {
        opinion_id -> Text,
        salt -> Nullable<Binary>,
        entry -> Nullable<Binary>,
        position -> Nullable<BigInt>,
    }
}

diesel::table! {
    transparency_audits (number) {
        number -> BigInt,
        id -> Text,
        through_at -> BigInt,
        through_id -> Text,
        entries -> BigInt,
        digest -> Binary,
        made_at -> BigInt,
    }
}

diesel::table! {
    notification_choices (person_id) {
        person_id -> Text,
        version -> BigInt,
        choices -> Text,
        summarised_on -> Nullable<Text>,
    }
}

diesel::table! {
    summary_items (id) {
        id -> Text,
        person_id -> Text,
        kind -> Text,
        reference -> Nullable<Text>,
        summarised_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_links (id) {
        id -> Text,
        person_id -> Text,
        purpose -> Text,
        token_hash -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    snapshots (id) {
        id -> Text,
        case_id -> Text,
        expert_id -> Text,
        slide_id -> Text,
        taken_at -> BigInt,
        view -> Text,
        words -> Text,
        sha256 -> Text,
        picture -> Binary,
        drafted -> Bool,
        kept -> Bool,
    }
}

diesel::table! {
    snippets (person_id) {
        person_id -> Text,
        version -> BigInt,
        items -> Text,
    }
}

diesel::table! {
    reading_drafts (panel_id, expert_id) {
        panel_id -> Text,
        expert_id -> Text,
        version -> BigInt,
        content -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    revocation_lists (authority_id) {
        authority_id -> Text,
        issued_at -> BigInt,
        list -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    answered_cycles,
    networks,
    agreements,
    laboratories,
    slide_sources,
    pool_stamp,
    people,
    memberships,
    expert_profiles,
    absences,
    duties,
    recusals,
    refresh_tokens,
    login_failures,
    presence_proofs,
    case_numbers,
    cases,
    case_patients,
    case_words,
    specimens,
    blocks,
    slides,
    slide_links,
    attachments,
    assignments,
    case_instructions,
    case_escalations,
    case_notices,
    proposals,
    target_policies,
    choice_policies,
    case_requests,
    opinion_drafts,
    opinions,
    work_done,
    case_events,
    audit_entries,
    outbox,
    webhooks,
    idempotency_records,
    signing_authorities,
    signing_keys,
    signing_requests,
    opinion_signatures,
    opinion_timestamps,
    transparency_log,
    transparency_entries,
    transparency_tiles,
    transparency_salts,
    transparency_audits,
    slide_views,
    annotations,
    annotation_events,
    panels,
    panel_seats,
    panel_seat_steps,
    panel_readings,
    notification_choices,
    summary_items,
    account_links,
    panel_positions,
    snapshots,
    snippets,
    reading_drafts,
    revocation_lists,
);
