"""Imports: leads that come by the file or by a search, in steps that any worker can go on with.

A file is looked at when it arrives (`sniffing`, `workbook`) and kept in parts. A step reads some rows outside of any
transaction (`delimited`, `taking`) and takes them in together with the place where the next step begins (`steps`).
"""
