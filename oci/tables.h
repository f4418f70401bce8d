/*
 * The tables of config.json that are used in more than one file.
 *
 * owns:     the declarations
 * may use:  oci/schema
 * must not: be included outside oci/
 */
#ifndef RUNDLET_OCI_TABLES_H
#define RUNDLET_OCI_TABLES_H

#include "oci/schema.h"

extern const struct schema_object spec_table;
extern const struct schema_object process_table;
extern const struct schema_object linux_table;
extern const struct schema_object resources_table;
extern const struct schema_object seccomp_table;
extern const struct schema_object idmap_table;

/* MPOL_* and MPOL_F_*, which `features` lists too. */
extern const struct names memory_policy_modes;
extern const struct names memory_policy_flags;

#endif
