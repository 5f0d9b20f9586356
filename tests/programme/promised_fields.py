# ruff: noqa: E501  (tables: a form in few lines reads better than in many)
"""What each form of the programme must ask, written by hand: key, `*` when always required, `?` when required
under a condition, type, mark. `1` one choice, `n` several, `yn`, `ynu`, `d` date, `dt` date and time, `i`
whole number, `m` euros, `t` and `T` text, `f` file, `p` person, `=` computed, `[…]` rows and what is in a row.
"""

IDENTITY = """
last_name* t P | first_name* t P | birth_date* d P | phone t P | email t P | other_contact t P | address* t P
town* t | postcode* t | address_protected yn V | household_type* 1 | adults* i | children* i
members [ first_name t P | birth_date d P | link t ]
"""
SCORES = """
s_home* 1 | s_budget* 1 | s_admin* 1 | s_health* 1 | s_daily* 1 | s_family* 1 | s_network* 1 | s_work* 1 | s_rights* 1
"""

FORMS = {
    "referral_retention": IDENTITY
    + """
landlord* 1 | lease_reference* t | lease_start d | dwelling_type 1 | rent m B | arrears? m B | arrears_months i
repayment_plan ynu | reasons* n | main_reason* 1 | eviction_stage* 1 | hearing_date? d | actions_tried T
known_services n | protection_measure 1 S | urgency* 1 | urgency_reason? T | consent* yn | consent_date? d
situation* T S | attachments f
""",
    "referral_access": IDENTITY
    + """
dalo_number t | dalo_decision_date d | housing_status* 1 | since d | ses_number t | social_worker t
wanted_towns t | wanted_type 1 | income_kinds n B | income_total m B | reasons* n | urgency* 1 | consent* yn
situation* T S
""",
    "referral_completion": "missing n | answer? T",
    "admissibility": """
target_public* yn | territory* yn | complete* yn | missing? n | duplicate_of t | urgency* 1 | agenda* d
decision* 1 | reason? 1 | note T
""",
    "emergency_opinion": "opinion* 1 | reason* T",
    "committee_first": """
synthesis T | decision* 1 | reason* T | information_wanted? T | redirect_to? t | diagnostic_operator 1
priority yn
""",
    "diagnostic_assignment": "worker* p | first_contact_before = | note T",
    "contact_attempt": "at* dt | way* 1 | result* 1 | appointment_at? dt | note T S",
    "diagnostic": """
visit_date* d | place* 1 | present* n | interpreter_language t | members [ first_name t P | birth_date d P | link t ] | changes T S | condition* 1
clutter i | adapted ynu | surroundings T S | energy_trouble ynu | incomes [ kind* 1 | amount* m B ]
charges [ kind* 1 | amount* m B ] | income_total = B | charges_total = B | disposable = B
disposable_per_person_day = B | debts [ kind* 1 | amount* m B | plan ynu ] | debts_total = B
overindebtedness 1 B | rights_open* n | rights_to_open n | papers_valid ynu | digital 1 | doctor ynu H
care_broken ynu H | mental_health_suffering ynu H | addiction ynu H | disability ynu H | follow_up n H
health_note T H | violence 1 V | protection_order ynu V | safe_contact T V | isolation* 1 | relatives T S
neighbours T S | work 1 | strengths* T S | difficulties* T S | household_words* T S | wishes* n | commitment* 1
"""
    + SCORES,
    "recommendation": """
proposed_level = | proposed_intensity = | proposed_months = | needed* yn | level* 1 | intensity* 1 | months* i
differs_because? T | levers* n | synthesis* T
""",
    "committee_second": "synthesis T | decision* 1 | level? 1 | intensity? 1 | months? i | operator? 1 | reason* T",
    "engagement": """
proposal_date* d | answer* 1 | goals? [ goal* t | lever 1 | by d ] | frequency* 1 | start_date* d | signature f
household_goal T S | worker* p
""",
    "dwelling_wait": "contact_date* d | searches T | still_wishes* yn | mood 1 | next* 1",
    "dwelling_offer": """
address* t P | type* 1 | rent m | charges m | available_from* d | answer* 1 | refusal_reason T | visit_date d
""",
    "iml_lease": "start* d | months* i | rent m | deposit m | sliding_planned yn | sliding_date d | inventory f",
    "visit_note": """
at* dt | way* 1 | minutes i | present n | levers* n | done* T S | agreed T S | next_at dt | alert yn
""",
    "reassessment": """
period = | visits = | levers_worked* n | goals_state* [ goal* t | state* 1 ] | arrears_now m B | rights_changed T
household_words* T S | proposal* 1 | level? 1 | intensity 1 | months i | why* T | synthesis* T
"""
    + SCORES,
    "committee_review": "decision* 1 | level? 1 | intensity? 1 | months i | reason* T",
    # A hospital is health, a prison more than that: marked whatever it is, so that the mark tells nothing.
    "pause": "reason* 1 S | from* d | until d | contact_kept* 1",
    "resume": "on* d | same_terms* yn",
    "pause_check": "contact_date* d | next* 1 | until d | note T S",
    "worker_change": "from p | to* p | on* d | handover* T S | household_told* yn",
    "incident": "at* dt | kind* 1 | facts* T S | done T | urgent_committee yn",
    "stop_request": "on* d | reason* T S | answer* 1",
    "closure": """
end_date* d | reason* 1 | exit_housing* 1 | arrears_exit m B | levers_worked? n | handover_to n
household_words T S | summary* T
"""
    + SCORES,
    "closure_validation": "decision* 1 | reason? T",
    "follow_up": "reached* yn | housing 1 | arrears ynu | rights ynu | wants_return* yn | note T S",
    "workshop": "title* t | at* dt | place t | levers* n | animator t",
    "attendance": "attendees* [ case* t | came* yn | note T S ]",
    "move": "on* d | territory* 1 | new_address t P | new_town t | handover_to T",
    "death": "on* d | informed_by* T S",
}

CHOICES = {
    "reasons": "rent_arrears neighbour_trouble home_upkeep isolation eviction domestic_violence young_adult "
    "mental_health loss_of_autonomy unfit_home homeless exit_institution rights_broken",
    "main_reason": "rent_arrears neighbour_trouble home_upkeep isolation eviction domestic_violence young_adult "
    "mental_health loss_of_autonomy unfit_home homeless exit_institution rights_broken",
    "eviction_stage": "none reminder order_to_pay summons hearing judgment order_to_leave bailiff_attempt "
    "force_asked force_granted evicted",
    "household_type": "single single_parent couple couple_children other",
    "income_kinds": "salary unemployment rsa prime_activite aah asi_invalidity pension aspa family_benefits apl "
    "student_grant none other",
    "housing_status": "tenant_social tenant_private tenant_iml residence_sociale chrs emergency hosted hotel "
    "street squat_camp institution owner other",
    "wishes": "l_living l_home l_daily l_rights l_agency l_links",
    "levers": "l_living l_home l_daily l_rights l_agency l_links",
    "levers_worked": "l_living l_home l_daily l_rights l_agency l_links",
    "level": "1 2 3",
    "intensity": "light medium strong",
    "operator": "adaff soliha",
    "diagnostic_operator": "adaff soliha",
    "exit_housing": "stays new_social new_private iml_slid residence hosted emergency street institution unknown "
    "deceased",
    "urgency": "none high immediate",
    "opinion": "favourable unfavourable abstain",
    "way@contact_attempt": "phone letter sms visit through_partner",
    "result": "met appointment no_answer refused wrong_contact",
    "condition": "good worn degraded unfit",
    "violence": "none past present",
    "commitment": "yes hesitates no",
    "decision@admissibility": "agenda emergency send_back redirect refuse",
    "reason@admissibility": "out_of_target out_of_territory already_supported no_consent common_law_enough "
    "capacity other",
    "decision@committee_first": "diagnostic more_information redirect refuse",
    "decision@committee_second": "validate amend decline more_information",
    "decision@committee_review": "continue change pause end more_information",
    "decision@closure_validation": "validate send_back",
    "answer@engagement": "signs hesitates declines",
    "next@dwelling_wait": "wait offer stop",
    "answer@dwelling_offer": "accepted refused withdrawn",
    "way@visit_note": "home office phone accompaniment collective",
    "proposal": "continue up down pause end",
    "reason@pause": "hospital prison absence family hesitation waiting_dwelling other",
    "contact_kept": "monthly none_possible",
    "kind@incident": "threat violence fire_water eviction_step health_crisis minors_at_risk other",
    "answer@stop_request": "stops pauses goes_on",
    "reason@closure": "goals_reached common_law duration_ended moved_away declined breakdown death exclusion "
    "unreachable no_diagnostic refused",
}
