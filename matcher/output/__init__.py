"""What people see: tables, workbooks, forms, briefs, reports and figures."""
